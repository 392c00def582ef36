#ifndef COUNTERSIGN_CRYPTO_SHA256_H_
#define COUNTERSIGN_CRYPTO_SHA256_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace countersign::crypto {

using Sha256Digest = std::array<uint8_t, 32>;

// The SHA-256 (FIPS 180-4) of `bytes`.
Sha256Digest Sha256(std::string_view bytes);

// The same as 64 lower-case hex digits.
std::string Sha256Hex(std::string_view bytes);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_SHA256_H_
