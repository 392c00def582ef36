#ifndef COUNTERSIGN_TUF_KEY_H_
#define COUNTERSIGN_TUF_KEY_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/json_place.h"
#include "crypto/public_key.h"
#include "crypto/signature_scheme.h"

namespace countersign::tuf {

// A public key that metadata name, and the one way in which it signs. Immutable once it is read.
struct Key {
  std::string id;
  crypto::PublicKey key;
  crypto::SignatureScheme scheme;
};

// The id of a key: the lower-case hex SHA-256 of the canonical JSON of the key object. InvalidArgument
// if it has no canonical form.
absl::StatusOr<std::string> KeyIdOf(const base::Json& object);

// Reads the key object here, which is listed under `id`. That is the id of
//   the whole object, members that are not known included, as Sigstore's public instance has it;
//   its type, scheme and value alone, as GitHub's has it, whose tools add members later; or
//   these with "keyid_hash_algorithms", SHA-256 and SHA-512, which older tools left out of files.
// Known types, with their schemes:
//   ecdsa-sha2-nistp256, ecdsa   ecdsa-sha2-nistp256   a P-256 key in PEM
//   ed25519                      ed25519               64 hex digits
//   rsa                          rsassa-pss-sha256     an RSA key in PEM; salts of any length
//
// nullopt: its type or scheme is another, so that nothing is known of its signatures and it can be
// nobody's signer. InvalidArgument, by its JSON pointer, if it has none of these ids, or is of a known type
// and no such key: ECDSA points in hex, as TUF once had them, are none. Pure.
absl::StatusOr<std::optional<Key>> ReadKey(std::string_view id, const base::JsonPlace& place);

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_KEY_H_
