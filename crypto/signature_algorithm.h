#ifndef COUNTERSIGN_CRYPTO_SIGNATURE_ALGORITHM_H_
#define COUNTERSIGN_CRYPTO_SIGNATURE_ALGORITHM_H_

#include <string_view>

#include "crypto/signature_scheme.h"

namespace countersign::crypto {

// The scheme that a DER AlgorithmIdentifier names, as certificates and CMS have them:
//   ecdsa-with-SHA256, -SHA384, -SHA512, without parameters (RFC 5758 section 3.2)
//   sha256, sha384, sha512WithRSAEncryption, with NULL or without it (RFC 4055 section 5)
//   Ed25519, pure, without parameters (RFC 8410 section 3)
// kUnspecified: it is another, or malformed.
SignatureScheme ReadSignatureAlgorithm(std::string_view algorithm_identifier);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_SIGNATURE_ALGORITHM_H_
