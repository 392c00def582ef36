#include "crypto/signature_algorithm.h"

#include "crypto/der.h"

namespace countersign::crypto {
namespace {

struct Algorithm {
  Oid oid;
  SignatureScheme scheme;
  bool may_have_null;
};

constexpr Algorithm kAlgorithms[] = {
    {Oid("1.2.840.10045.4.3.2"), SignatureScheme::kEcdsaSha256, false},
    {Oid("1.2.840.10045.4.3.3"), SignatureScheme::kEcdsaSha384, false},
    {Oid("1.2.840.10045.4.3.4"), SignatureScheme::kEcdsaSha512, false},
    {Oid("1.2.840.113549.1.1.11"), SignatureScheme::kRsaPkcs1Sha256, true},
    {Oid("1.2.840.113549.1.1.12"), SignatureScheme::kRsaPkcs1Sha384, true},
    {Oid("1.2.840.113549.1.1.13"), SignatureScheme::kRsaPkcs1Sha512, true},
    {Oid("1.3.101.112"), SignatureScheme::kEd25519, false},
};

}  // namespace

SignatureScheme ReadSignatureAlgorithm(std::string_view algorithm_identifier) {
  DerReader whole(algorithm_identifier);
  std::string_view contents;
  if (!whole.Read(DerTag::kSequence, contents) || !whole.AtEnd()) {
    return SignatureScheme::kUnspecified;
  }
  DerReader parts(contents);
  std::string_view oid;
  if (!parts.ReadOid(oid)) return SignatureScheme::kUnspecified;
  std::string_view null;
  const bool has_null = parts.Read(DerTag::kNull, null);
  if (!null.empty() || !parts.AtEnd()) return SignatureScheme::kUnspecified;
  for (const Algorithm& algorithm : kAlgorithms) {
    const bool fits = algorithm.may_have_null || !has_null;
    if (algorithm.oid.bytes() == oid && fits) return algorithm.scheme;
  }
  return SignatureScheme::kUnspecified;
}

}  // namespace countersign::crypto
