#ifndef COUNTERSIGN_COSIGN_HASH_NAME_H_
#define COUNTERSIGN_COSIGN_HASH_NAME_H_

#include <string_view>

#include "crypto/hash_algorithm.h"

namespace countersign::cosign {

// The hash that Sigstore's messages call `name` (HashAlgorithm in sigstore_common.proto):
// "SHA2_256", "SHA2_384", "SHA2_512". kUnspecified: it is another.
crypto::HashAlgorithm HashNamed(std::string_view name);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_HASH_NAME_H_
