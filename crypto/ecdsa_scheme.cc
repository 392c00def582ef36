#include "crypto/ecdsa_scheme.h"

namespace countersign::crypto {

SignatureScheme EcdsaWith(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::kSha256:
      return SignatureScheme::kEcdsaSha256;
    case HashAlgorithm::kSha384:
      return SignatureScheme::kEcdsaSha384;
    case HashAlgorithm::kSha512:
      return SignatureScheme::kEcdsaSha512;
    case HashAlgorithm::kUnspecified:
      break;
  }
  return SignatureScheme::kUnspecified;
}

}  // namespace countersign::crypto
