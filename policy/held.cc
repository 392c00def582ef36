#include "policy/held.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>
#include <variant>

#include "base/printable.h"
#include "base/utf8.h"
#include "cosign/signer.h"
#include "crypto/public_key.h"
#include "crypto/sha256.h"

namespace countersign::policy {
namespace {

bool IsPlain(std::string_view text) {
  while (!text.empty()) {
    const size_t bytes = base::Utf8CharacterBytes(text);
    if (bytes == 0 || base::IsControlCode(base::CodePointOf(text.substr(0, bytes)))) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

// What others wrote, so that it may stand in an answer.
void MakeShowable(std::string& text) {
  constexpr size_t kMostOfOneByte = 4;
  if (!IsPlain(text)) text = base::Printable(text, kMostOfOneByte * text.size());
}

// What is left of the bytes that there may be.
class Room {
 public:
  explicit Room(size_t bytes) : left_(bytes) {}

  bool Take(size_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }

  void Keep(std::string& text) {
    MakeShowable(text);
    if (Take(text.size())) return;
    text.clear();
    ++left_out_;
  }

  template <typename T>
  void Keep(std::vector<T>& numbers) {
    while (!numbers.empty() && !Take(numbers.size() * sizeof(T))) {
      numbers.pop_back();
      ++left_out_;
    }
  }

  void Keep(std::map<std::string, std::string, std::less<>>& extensions) {
    for (auto extension = extensions.begin(); extension != extensions.end();) {
      auto& [name, text] = *extension;
      MakeShowable(text);
      const bool has_room = Take(name.size() + text.size());
      extension = has_room ? std::next(extension) : extensions.erase(extension);
      if (!has_room) ++left_out_;
    }
  }

  // How many did not fit.
  size_t left_out() const { return left_out_; }

 private:
  size_t left_;
  size_t left_out_ = 0;
};

}  // namespace

Held HeldBy(const Authority& authority, const VerifiedItem& verified) {
  Held held = {.authority = authority.name, .form = verified.form, .proof = verified.proof.proof()};
  if (held.proof.identity.has_value()) held.proof.identity->subjects.clear();
  const cosign::Signer& signer = *std::get<cosign::SignerPtr>(authority.asks);
  if (const crypto::PublicKey* const key = signer.key()) {
    held.key_sha256 = crypto::Sha256Hex(key->der());
  }
  return held;
}

size_t KeepWithin(size_t max_bytes, std::vector<Held>& evidence) {
  Room room(max_bytes);
  for (Held& held : evidence) {
    cosign::Proof& proof = held.proof;
    if (proof.identity.has_value()) room.Keep(proof.identity->issuer);
    room.Keep(proof.subject);
    room.Keep(proof.predicate_type);
    room.Keep(proof.times);
    room.Keep(proof.log_indexes);
  }
  for (Held& held : evidence) {
    if (held.proof.identity.has_value()) room.Keep(held.proof.identity->extensions);
  }
  return room.left_out();
}

}  // namespace countersign::policy
