#include "crypto/rsa_scheme.h"

namespace countersign::crypto {

SignatureScheme RsaPkcs1With(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::kSha256:
      return SignatureScheme::kRsaPkcs1Sha256;
    case HashAlgorithm::kSha384:
      return SignatureScheme::kRsaPkcs1Sha384;
    case HashAlgorithm::kSha512:
      return SignatureScheme::kRsaPkcs1Sha512;
    case HashAlgorithm::kUnspecified:
      break;
  }
  return SignatureScheme::kUnspecified;
}

}  // namespace countersign::crypto
