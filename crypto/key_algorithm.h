#ifndef COUNTERSIGN_CRYPTO_KEY_ALGORITHM_H_
#define COUNTERSIGN_CRYPTO_KEY_ALGORITHM_H_

namespace countersign::crypto {

// The kinds of public keys that are supported.
enum class KeyAlgorithm { kEcdsaP256, kEcdsaP384, kEcdsaP521, kRsa, kEd25519 };

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_KEY_ALGORITHM_H_
