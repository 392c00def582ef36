#ifndef COUNTERSIGN_CRYPTO_RSA_SCHEME_H_
#define COUNTERSIGN_CRYPTO_RSA_SCHEME_H_

#include "crypto/hash_algorithm.h"
#include "crypto/signature_scheme.h"

namespace countersign::crypto {

// PKCS #1 v1.5 over a digest by this hash; kUnspecified where there is none.
SignatureScheme RsaPkcs1With(HashAlgorithm hash);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_RSA_SCHEME_H_
