#ifndef COUNTERSIGN_CRYPTO_ED25519_KEY_H_
#define COUNTERSIGN_CRYPTO_ED25519_KEY_H_

#include <cstddef>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "crypto/ed25519ph.h"
#include "crypto/message.h"
#include "crypto/signature_scheme.h"

namespace countersign::crypto {

// An Ed25519 public key: the Ed25519 part of PublicKey, which documents what verifies. Immutable,
// thread-safe.
class Ed25519Key {
 public:
  // InvalidArgument if `bytes` is not the encoding of a point (RFC 8032 section 5.1.3), or is one
  // of the eight of small order, with which anybody can sign anything.
  static absl::StatusOr<Ed25519Key> FromBytes(std::string_view bytes);

  // False: no signature by this key has that size; Verify then is false without any operation.
  bool MayHaveMade(size_t signature_bytes) const;

  std::optional<SignatureScheme> Verify(const Message& message, std::string_view signature) const;
  // By this scheme alone; false if it is none of Ed25519.
  bool VerifiesAs(SignatureScheme scheme, const Message& message, std::string_view signature) const;

  // By Ed25519ph, over a message of which only the SHA-512 is known, raw.
  bool VerifiesSha512(std::string_view sha512, std::string_view signature) const;

 private:
  explicit Ed25519Key(const Ed25519PublicKey& key) : key_(key) {}
  Ed25519PublicKey key_;
};

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_ED25519_KEY_H_
