#include "crypto/hash_algorithm.h"

#include "crypto/der.h"

namespace countersign::crypto {
namespace {

struct Named {
  Oid oid;
  HashAlgorithm algorithm;
};

constexpr Named kAlgorithms[] = {
    {Oid("2.16.840.1.101.3.4.2.1"), HashAlgorithm::kSha256},
    {Oid("2.16.840.1.101.3.4.2.2"), HashAlgorithm::kSha384},
    {Oid("2.16.840.1.101.3.4.2.3"), HashAlgorithm::kSha512},
};

template <typename Digest>
std::string Raw(const Digest& digest) {
  return std::string(digest.begin(), digest.end());
}

}  // namespace

std::string_view NameForPeople(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kSha256:
      return "SHA-256";
    case HashAlgorithm::kSha384:
      return "SHA-384";
    case HashAlgorithm::kSha512:
      return "SHA-512";
    case HashAlgorithm::kUnspecified:
      break;
  }
  return "";
}

size_t DigestSize(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kSha256:
      return 32;
    case HashAlgorithm::kSha384:
      return 48;
    case HashAlgorithm::kSha512:
      return 64;
    case HashAlgorithm::kUnspecified:
      break;
  }
  return 0;
}

std::string DigestOf(const Message& message, HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kSha256:
      return Raw(message.Sha256());
    case HashAlgorithm::kSha384:
      return Raw(message.Sha384());
    case HashAlgorithm::kSha512:
      return Raw(message.Sha512());
    case HashAlgorithm::kUnspecified:
      break;
  }
  return "";
}

HashAlgorithm ReadHashAlgorithm(std::string_view algorithm_identifier) {
  DerReader whole(algorithm_identifier);
  std::string_view contents;
  if (!whole.Read(DerTag::kSequence, contents) || !whole.AtEnd()) {
    return HashAlgorithm::kUnspecified;
  }
  DerReader parts(contents);
  std::string_view oid;
  std::string_view null;
  if (!parts.ReadOid(oid)) return HashAlgorithm::kUnspecified;
  if (!parts.AtEnd() && (!parts.Read(DerTag::kNull, null) || !null.empty() || !parts.AtEnd())) {
    return HashAlgorithm::kUnspecified;
  }
  for (const Named& named : kAlgorithms) {
    if (named.oid.bytes() == oid) return named.algorithm;
  }
  return HashAlgorithm::kUnspecified;
}

}  // namespace countersign::crypto
