#include "crypto/message.h"

#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "crypto/ needs BoringSSL"
#endif
#include <openssl/sha.h>

namespace countersign::crypto {
namespace {

const uint8_t* Data(std::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

}  // namespace

const std::array<uint8_t, 32>& Message::Sha256() const {
  absl::call_once(once_256_, [this] { SHA256(Data(bytes_), bytes_.size(), sha256_.data()); });
  return sha256_;
}

const std::array<uint8_t, 48>& Message::Sha384() const {
  absl::call_once(once_384_, [this] { SHA384(Data(bytes_), bytes_.size(), sha384_.data()); });
  return sha384_;
}

const std::array<uint8_t, 64>& Message::Sha512() const {
  absl::call_once(once_512_, [this] { SHA512(Data(bytes_), bytes_.size(), sha512_.data()); });
  return sha512_;
}

}  // namespace countersign::crypto
