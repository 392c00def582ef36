#ifndef COUNTERSIGN_CRYPTO_ED25519PH_H_
#define COUNTERSIGN_CRYPTO_ED25519PH_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/message.h"

namespace countersign::crypto {

using Ed25519PublicKey = std::array<uint8_t, 32>;

// What Ed25519ph puts in front of everything that it hashes: dom2(1, "") (RFC 8032 section 2).
std::string_view Ed25519phDomain();

// Whether `signature` (R || S, 64 bytes) is the Ed25519ph signature of `message` with an empty
// context (RFC 8032 section 5.1: the message is hashed with SHA-512 first). BoringSSL verifies pure
// Ed25519 only, and this is decided exactly as there: S must be below the group's order, the
// equation is checked without the cofactor, and R is compared as bytes. Anything malformed is
// false.
bool Ed25519phVerifies(const Message& message, std::string_view signature,
                       const Ed25519PublicKey& public_key);

// The same of a message of which only the SHA-512 is known, raw.
bool Ed25519phVerifiesSha512(std::string_view sha512, std::string_view signature,
                             const Ed25519PublicKey& public_key);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_ED25519PH_H_
