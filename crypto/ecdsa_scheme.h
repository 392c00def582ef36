#ifndef COUNTERSIGN_CRYPTO_ECDSA_SCHEME_H_
#define COUNTERSIGN_CRYPTO_ECDSA_SCHEME_H_

#include "crypto/hash_algorithm.h"
#include "crypto/signature_scheme.h"

namespace countersign::crypto {

// ECDSA over a digest by this hash; kUnspecified where there is none.
SignatureScheme EcdsaWith(HashAlgorithm hash);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_ECDSA_SCHEME_H_
