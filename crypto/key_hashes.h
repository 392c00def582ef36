#ifndef COUNTERSIGN_CRYPTO_KEY_HASHES_H_
#define COUNTERSIGN_CRYPTO_KEY_HASHES_H_

#include "absl/types/span.h"
#include "crypto/hash_algorithm.h"
#include "crypto/key_algorithm.h"

namespace countersign::crypto {

// By which hashes signatures by a key of this kind are verified, in this order, if nobody says by which
// they are made (PublicKey documents them). The spans are of what lives as long as the process.
absl::Span<const HashAlgorithm> UsualHashes(KeyAlgorithm algorithm);

// And if they are said to be made by this one: by it, and with ECDSA by the one that fits the curve, which
// is tried first, as signers take that whatever was said. By none, if kUnspecified is said. Ed25519 has its
// own, and no other.
absl::Span<const HashAlgorithm> HashesWith(KeyAlgorithm algorithm, HashAlgorithm said);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_KEY_HASHES_H_
