#include "crypto/ed25519_key.h"

#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "crypto/ needs BoringSSL"
#endif
#include <openssl/curve25519.h>

#include <algorithm>
#include <iterator>

#include "absl/status/status.h"
#include "crypto/curve25519/internal.h"

namespace countersign::crypto {
namespace {

// Whether eight times the point is the identity.
bool IsOfSmallOrder(const ge_p3& point) {
  constexpr uint8_t kEight[32] = {8};
  constexpr uint8_t kIdentity[32] = {1};
  ge_p2 product;
  x25519_ge_scalarmult(&product, kEight, &point);
  uint8_t encoded[32];
  x25519_ge_tobytes(encoded, &product);
  return std::equal(std::begin(encoded), std::end(encoded), std::begin(kIdentity));
}

}  // namespace

absl::StatusOr<Ed25519Key> Ed25519Key::FromBytes(std::string_view bytes) {
  Ed25519PublicKey key;
  if (bytes.size() != key.size()) {
    return absl::InvalidArgumentError("its Ed25519 key is not 32 bytes long");
  }
  std::copy(bytes.begin(), bytes.end(), key.begin());
  ge_p3 point;
  if (!x25519_ge_frombytes_vartime(&point, key.data())) {
    return absl::InvalidArgumentError("its Ed25519 key is no point of the curve");
  }
  if (IsOfSmallOrder(point)) {
    return absl::InvalidArgumentError(
        "its Ed25519 key is a point of small order, for which anybody can sign");
  }
  return Ed25519Key(key);
}

bool Ed25519Key::MayHaveMade(size_t signature_bytes) const {
  return signature_bytes == ED25519_SIGNATURE_LEN;
}

std::optional<SignatureScheme> Ed25519Key::Verify(const Message& message,
                                                  std::string_view signature) const {
  // `cosign sign` makes the first, `cosign verify` takes the second.
  for (const SignatureScheme scheme : {SignatureScheme::kEd25519ph, SignatureScheme::kEd25519}) {
    if (VerifiesAs(scheme, message, signature)) return scheme;
  }
  return std::nullopt;
}

bool Ed25519Key::VerifiesAs(SignatureScheme scheme, const Message& message,
                            std::string_view signature) const {
  if (!MayHaveMade(signature.size())) return false;
  if (scheme == SignatureScheme::kEd25519ph) return Ed25519phVerifies(message, signature, key_);
  return scheme == SignatureScheme::kEd25519 &&
         ED25519_verify(reinterpret_cast<const uint8_t*>(message.bytes().data()),
                        message.bytes().size(), reinterpret_cast<const uint8_t*>(signature.data()),
                        key_.data()) == 1;
}

bool Ed25519Key::VerifiesSha512(std::string_view sha512, std::string_view signature) const {
  return Ed25519phVerifiesSha512(sha512, signature, key_);
}

}  // namespace countersign::crypto
