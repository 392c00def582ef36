#ifndef COUNTERSIGN_CRYPTO_MESSAGE_H_
#define COUNTERSIGN_CRYPTO_MESSAGE_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/call_once.h"

namespace countersign::crypto {

// What a signature is over: bytes, and their hashes, each of which is computed once, when it is
// first asked for, however many signatures and keys ask. Immutable, as far as can be seen from
// outside; thread-safe.
class Message {
 public:
  explicit Message(std::string bytes) : bytes_(std::move(bytes)) {}
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  std::string_view bytes() const { return bytes_; }

  // FIPS 180-4.
  const std::array<uint8_t, 32>& Sha256() const;
  const std::array<uint8_t, 48>& Sha384() const;
  const std::array<uint8_t, 64>& Sha512() const;

 private:
  const std::string bytes_;
  mutable absl::once_flag once_256_;
  mutable absl::once_flag once_384_;
  mutable absl::once_flag once_512_;
  mutable std::array<uint8_t, 32> sha256_ = {};
  mutable std::array<uint8_t, 48> sha384_ = {};
  mutable std::array<uint8_t, 64> sha512_ = {};
};

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_MESSAGE_H_
