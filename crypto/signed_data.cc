#include "crypto/signed_data.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "crypto/der.h"
#include "crypto/ecdsa_scheme.h"
#include "crypto/rsa_scheme.h"
#include "crypto/signature_algorithm.h"

namespace countersign::crypto {
namespace {

constexpr Oid kSignedData("1.2.840.113549.1.7.2");
constexpr Oid kTstInfo("1.2.840.113549.1.9.16.1.4");
// These name a kind of key and leave the hash to digestAlgorithm.
constexpr Oid kEcPublicKey("1.2.840.10045.2.1");
constexpr Oid kRsaEncryption("1.2.840.113549.1.1.1");

// RFC 5652 section 5.1: what is not plain data, and has certificates of version 3.
constexpr uint64_t kVersion3 = 3;
// Section 5.3: by how the signer's certificate is found.
constexpr uint64_t kByIssuerAndSerial = 1;
constexpr uint64_t kBySubjectKeyId = 3;

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("its CMS is malformed: ", what));
}

// The next element has this tag and holds one other, whole: `contents` are that one's.
bool ReadWrapped(DerReader& parts, DerTag outer, DerTag inner, std::string_view& contents) {
  std::string_view wrapped;
  if (!parts.Read(outer, wrapped)) return false;
  DerReader inside(wrapped);
  return inside.Read(inner, contents) && inside.AtEnd();
}

// The scheme that a DER AlgorithmIdentifier names where `hash` is the digest's.
SignatureScheme ReadScheme(std::string_view algorithm_identifier, HashAlgorithm hash) {
  const SignatureScheme named = ReadSignatureAlgorithm(algorithm_identifier);
  if (named == EcdsaWith(hash) || named == RsaPkcs1With(hash)) return named;
  std::string_view contents;
  std::string_view oid;
  if (!DerReader(algorithm_identifier).Read(DerTag::kSequence, contents) ||
      !DerReader(contents).ReadOid(oid)) {
    return SignatureScheme::kUnspecified;
  }
  if (oid == kEcPublicKey.bytes()) return EcdsaWith(hash);
  if (oid == kRsaEncryption.bytes()) return RsaPkcs1With(hash);
  return SignatureScheme::kUnspecified;
}

absl::Status ReadContent(DerReader& parts, SignedData& data) {
  std::string_view contents;
  std::string_view type;
  if (!parts.Read(DerTag::kSequence, contents)) return Malformed("it has no content");
  DerReader content(contents);
  if (!content.ReadOid(type)) return Malformed("its content has no type");
  if (type != kTstInfo.bytes()) return Malformed("its content is no TSTInfo");
  if (!ReadWrapped(content, ConstructedTag(0), DerTag::kOctetString, data.content) ||
      !content.AtEnd()) {
    return Malformed("its content");
  }
  return absl::OkStatus();
}

// Certificates, which may be there, and revocation lists, which are not looked at.
absl::Status ReadCertificates(DerReader& parts, SignedData& data) {
  std::string_view contents;
  if (parts.NextIs(ConstructedTag(0)) && !parts.Read(ConstructedTag(0), contents)) {
    return Malformed("its certificates");
  }
  DerReader list(contents);
  while (!list.AtEnd()) {
    std::string_view certificate;
    if (!list.ReadElement(DerTag::kSequence, certificate)) return Malformed("its certificates");
    data.certificates.push_back(certificate);
  }
  if (parts.NextIs(ConstructedTag(1)) && !parts.Read(ConstructedTag(1), contents)) {
    return Malformed("its revocation lists");
  }
  return absl::OkStatus();
}

absl::Status ReadSignerId(DerReader& parts, SignedData& data) {
  uint64_t version = 0;
  if (!parts.ReadUnsigned(version)) return Malformed("its signer has no version");
  std::string_view contents;
  if (version == kByIssuerAndSerial && parts.Read(DerTag::kSequence, contents)) {
    IssuerAndSerial id;
    DerReader inside(contents);
    if (inside.ReadElement(DerTag::kSequence, id.issuer) && inside.ReadInteger(id.serial) &&
        inside.AtEnd()) {
      data.signer = id;
      return absl::OkStatus();
    }
  }
  if (version == kBySubjectKeyId && parts.Read(PrimitiveTag(0), contents)) {
    data.signer = SubjectKeyId{contents};
    return absl::OkStatus();
  }
  return Malformed("its signer's name");
}

// SignerInfo (RFC 5652 section 5.3).
absl::Status ReadSigner(std::string_view contents, SignedData& data) {
  DerReader parts(contents);
  CS_RETURN_IF_ERROR(ReadSignerId(parts, data));
  std::string_view algorithm;
  if (!parts.ReadElement(DerTag::kSequence, algorithm)) return Malformed("it has no digest");
  data.digest_algorithm = ReadHashAlgorithm(algorithm);
  if (data.digest_algorithm == HashAlgorithm::kUnspecified) {
    return absl::InvalidArgumentError("its digest is not SHA-256, SHA-384 or SHA-512");
  }
  std::string_view attributes;
  if (!parts.ReadElement(ConstructedTag(0), attributes)) {
    return absl::InvalidArgumentError("it has no signed attributes");
  }
  CS_ASSIGN_OR_RETURN(data.attributes, ReadSignedAttributes(attributes));
  if (data.attributes.content_type != kTstInfo.bytes()) {
    return absl::InvalidArgumentError("its signed attributes are of other content");
  }
  if (!parts.ReadElement(DerTag::kSequence, algorithm) ||
      !parts.Read(DerTag::kOctetString, data.signature)) {
    return Malformed("it has no signature");
  }
  data.scheme = ReadScheme(algorithm, data.digest_algorithm);
  if (data.scheme == SignatureScheme::kUnspecified) {
    return absl::InvalidArgumentError("its signature is not of ECDSA or RSA with its digest");
  }
  std::string_view unsigned_attributes;
  if (!parts.AtEnd() && (!parts.Read(ConstructedTag(1), unsigned_attributes) || !parts.AtEnd())) {
    return Malformed("what follows its signature");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SignedData> ReadSignedData(std::string_view content_info) {
  DerReader whole(content_info);
  std::string_view contents;
  std::string_view type;
  if (!whole.Read(DerTag::kSequence, contents) || !whole.AtEnd()) {
    return Malformed("it is no DER sequence");
  }
  DerReader outer(contents);
  if (!outer.ReadOid(type) || type != kSignedData.bytes() ||
      !ReadWrapped(outer, ConstructedTag(0), DerTag::kSequence, contents) || !outer.AtEnd()) {
    return Malformed("it is no SignedData");
  }
  DerReader parts(contents);
  uint64_t version = 0;
  std::string_view digest_algorithms;
  if (!parts.ReadUnsigned(version) || version != kVersion3) {
    return Malformed("it is not of version 3");
  }
  if (!parts.Read(DerTag::kSet, digest_algorithms)) return Malformed("it has no digests");
  SignedData data;
  CS_RETURN_IF_ERROR(ReadContent(parts, data));
  CS_RETURN_IF_ERROR(ReadCertificates(parts, data));
  std::string_view signers;
  std::string_view signer;
  if (!parts.Read(DerTag::kSet, signers) || !parts.AtEnd()) return Malformed("it has no signers");
  DerReader list(signers);
  if (!list.Read(DerTag::kSequence, signer)) return Malformed("it has no signer");
  if (!list.AtEnd()) return absl::InvalidArgumentError("it has more than one signer");
  CS_RETURN_IF_ERROR(ReadSigner(signer, data));
  return data;
}

}  // namespace countersign::crypto
