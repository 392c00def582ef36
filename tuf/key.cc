#include "tuf/key.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "crypto/key_algorithm.h"
#include "crypto/sha256.h"
#include "tuf/canonical_json.h"
#include "tuf/hex.h"

namespace countersign::tuf {
namespace {

using base::JsonPlace;
using crypto::KeyAlgorithm;
using crypto::PublicKey;
using crypto::SignatureScheme;

struct KnownType {
  std::string_view type;
  std::string_view scheme_name;
  KeyAlgorithm algorithm;
  SignatureScheme scheme;
};

constexpr KnownType kKnownTypes[] = {
    {"ecdsa", "ecdsa-sha2-nistp256", KeyAlgorithm::kEcdsaP256, SignatureScheme::kEcdsaSha256},
    {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", KeyAlgorithm::kEcdsaP256,
     SignatureScheme::kEcdsaSha256},
    {"ed25519", "ed25519", KeyAlgorithm::kEd25519, SignatureScheme::kEd25519},
    {"rsa", "rsassa-pss-sha256", KeyAlgorithm::kRsa, SignatureScheme::kRsaPssSha256},
};

constexpr size_t kEd25519Bytes = 32;
// What stands before the key's bytes in the SubjectPublicKeyInfo of an Ed25519 key (RFC 8410
// section 4).
constexpr std::string_view kEd25519Info("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);

// What the specification says that a key has, and nothing else.
base::Json BareKey(const base::Json& object) {
  base::Json bare = base::Json::object();
  for (const char* const name : {"keytype", "scheme", "keyval"}) {
    const base::Json* const member = base::FindMember(object, name);
    if (member != nullptr) bare[name] = *member;
  }
  return bare;
}

absl::Status CheckId(std::string_view id, const JsonPlace& place) {
  const absl::StatusOr<std::string> own = KeyIdOf(place.json());
  if (!own.ok()) return place.Error(own.status().message());
  if (*own == id) return absl::OkStatus();
  base::Json bare = BareKey(place.json());
  if (KeyIdOf(bare).value_or("") == id) return absl::OkStatus();
  bare["keyid_hash_algorithms"] = {"sha256", "sha512"};
  if (KeyIdOf(bare).value_or("") == id) return absl::OkStatus();
  return place.Error("is not the key of this id");
}

absl::StatusOr<PublicKey> ReadEd25519(std::string_view text) {
  const std::optional<std::string> bytes = DecodeHex(text);
  if (!bytes || bytes->size() != kEd25519Bytes) {
    return absl::InvalidArgumentError("it is not 64 hex digits");
  }
  return PublicKey::FromDer(absl::StrCat(kEd25519Info, *bytes));
}

absl::StatusOr<PublicKey> ReadPublic(const JsonPlace& value, KeyAlgorithm algorithm) {
  CS_ASSIGN_OR_RETURN(const std::string text, value.RequiredString("public"));
  absl::StatusOr<PublicKey> key =
      algorithm == KeyAlgorithm::kEd25519 ? ReadEd25519(text) : PublicKey::FromPem(text);
  if (!key.ok()) {
    return value.MemberError("public", absl::StrCat("is no key: ", key.status().message()));
  }
  if (key->algorithm() != algorithm) {
    return value.MemberError(
        "public", absl::StrCat("is a key of another type than it says, ", key->Description()));
  }
  return key;
}

}  // namespace

absl::StatusOr<std::string> KeyIdOf(const base::Json& object) {
  CS_ASSIGN_OR_RETURN(const std::string text, CanonicalJson(object));
  return crypto::Sha256Hex(text);
}

absl::StatusOr<std::optional<Key>> ReadKey(std::string_view id, const JsonPlace& place) {
  CS_ASSIGN_OR_RETURN(const std::string type, place.RequiredString("keytype"));
  CS_ASSIGN_OR_RETURN(const std::string scheme, place.RequiredString("scheme"));
  CS_RETURN_IF_ERROR(CheckId(id, place));

  const auto known =
      std::find_if(std::begin(kKnownTypes), std::end(kKnownTypes),
                   [&](const KnownType& t) { return t.type == type && t.scheme_name == scheme; });
  if (known == std::end(kKnownTypes)) return std::optional<Key>();
  CS_ASSIGN_OR_RETURN(const JsonPlace value, place.RequiredObject("keyval"));
  CS_ASSIGN_OR_RETURN(PublicKey key, ReadPublic(value, known->algorithm));
  return std::optional(Key{std::string(id), std::move(key), known->scheme});
}

}  // namespace countersign::tuf
