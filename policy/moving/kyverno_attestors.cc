#include "policy/moving/kyverno_attestors.h"

#include <cstddef>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "cosign/identity.h"
#include "crypto/public_key.h"
#include "policy/sigstore/public_instance.h"

namespace countersign::policy {
namespace {

using base::FindMember;
using base::FindString;
using base::Json;
using base::JsonPlace;
using base::JsonPointer;

constexpr std::string_view kBeginOfKey = "-----BEGIN PUBLIC KEY-----";
constexpr std::string_view kEndOfKey = "-----END PUBLIC KEY-----";

class Reader {
 public:
  explicit Reader(KyvernoObject& moved) : moved_(moved) {}

  std::vector<MaybeAttestor> Read(const JsonPlace& entry, const KyvernoDefaults& defaults) {
    // signatureAlgorithm is read by Kyverno where it is among the keys.
    const bool is_known = moved_.CannotSayOthers(
        entry, {"keys", "keyless", "annotations", "repository", "signatureAlgorithm"});
    std::vector<MaybeAttestor> made;
    const std::optional<JsonPlace> keys = ObjectIn(entry, "keys");
    const std::optional<JsonPlace> keyless = ObjectIn(entry, "keyless");
    if (keys.has_value()) {
      made = ReadKeys(*keys, defaults.takes_first_key);
    } else if (keyless.has_value()) {
      made.push_back(ReadKeyless(*keyless));
    } else {
      moved_.CannotSay(entry.pointer(), "neither keys nor keyless is there: nobody passes by it");
      made.emplace_back();
    }
    // Its own take the place of those above it.
    const Json* annotations = FindMember(entry.json(), "annotations");
    std::string repository = FindString(entry.json(), "repository");
    if (repository.empty()) repository = defaults.repository;
    for (MaybeAttestor& attestor : made) {
      if (!is_known || (keys.has_value() && keyless.has_value())) attestor.reset();
      if (!attestor.has_value()) continue;
      attestor->annotations =
          annotations == nullptr || annotations->is_null() ? defaults.annotations : *annotations;
      if (!repository.empty()) {
        attestor->authority["source"] = Json(std::vector<Json>{{{"oci", repository}}});
      }
    }
    return made;
  }

 private:
  MaybeAttestor Nobody(std::string_view pointer, std::string_view why) {
    moved_.CannotSay(pointer, absl::StrCat(why, ": nobody passes by it"));
    return std::nullopt;
  }

  std::vector<MaybeAttestor> ReadKeys(const JsonPlace& keys, bool takes_first_key) {
    const bool is_known = moved_.CannotSayOthers(
        keys, {"publicKeys", "signatureAlgorithm", "rekor", "ctlog", "kms", "secret"});
    std::vector<Json> found;
    const std::string text = FindString(keys.json(), "publicKeys");
    if (text.find(kBeginOfKey) != std::string::npos) {
      found = SplitKeys(text, JsonPointer(keys.pointer(), "publicKeys"));
    } else {
      found.push_back(ReadReference(keys, text));
    }
    if (takes_first_key && found.size() > 1) {
      moved_.CannotSay(JsonPointer(keys.pointer(), "publicKeys"),
                       "Kyverno reads the first key alone, and so it is here");
      found.resize(1);
    }
    std::vector<MaybeAttestor> made;
    const std::string algorithm = FindString(keys.json(), "signatureAlgorithm");
    for (Json& key : found) {
      Json authority = Json::object();
      const bool has_log = AddLog(keys, authority);
      if (key.is_null() || !is_known || !has_log) {
        made.emplace_back();
        continue;
      }
      if (!algorithm.empty()) key["hashAlgorithm"] = algorithm;
      authority["key"] = std::move(key);
      made.push_back(KyvernoAttestor{.authority = std::move(authority)});
    }
    return made;
  }

  // Null in place of one that cannot be read.
  std::vector<Json> SplitKeys(std::string_view text, const std::string& pointer) {
    std::vector<Json> found;
    for (size_t begin; (begin = text.find(kBeginOfKey)) != std::string_view::npos;) {
      const size_t end = text.find(kEndOfKey, begin);
      const size_t length = end == std::string_view::npos ? end : end + kEndOfKey.size() - begin;
      const std::string pem = absl::StrCat(std::string(text.substr(begin, length)), "\n");
      text.remove_prefix(length == std::string_view::npos ? text.size() : begin + length);
      const auto key = crypto::PublicKey::FromPem(pem);
      if (!key.ok()) {
        Nobody(pointer, base::Printable(absl::StrCat("key ", found.size(),
                                                     " cannot be read: ", key.status().message())));
      }
      found.push_back(key.ok() ? Json({{"data", pem}}) : Json(nullptr));
    }
    return found;
  }

  // As Kyverno chooses among them.
  Json ReadReference(const JsonPlace& keys, const std::string& public_keys) {
    Json key = KeyReference(public_keys);
    const std::optional<JsonPlace> secret = ObjectIn(keys, "secret");
    if (public_keys.empty() && secret.has_value()) {
      return {{"secretRef", {{"name", FindString(secret->json(), "name")}}}};
    }
    if (public_keys.empty()) key = KeyReference(FindString(keys.json(), "kms"));
    if (key.is_null()) Nobody(keys.pointer(), "no key is there that a policy can name");
    return key;
  }

  MaybeAttestor ReadKeyless(const JsonPlace& keyless) {
    const bool is_known =
        moved_.CannotSayOthers(keyless, {"issuer", "subject", "issuerRegExp", "subjectRegExp",
                                         "rekor", "ctlog", "additionalExtensions", "roots"});
    // Otherwise the public root would be trusted.
    if (HasAny(keyless, "roots")) {
      return Nobody(JsonPointer(keyless.pointer(), "roots"), "write a TrustRoot of these roots");
    }
    const Json identity = KeylessIdentity(keyless);
    if (identity.is_null()) {
      return Nobody(keyless.pointer(), "a text and an expression cannot both be asked for");
    }
    KyvernoAttestor made;
    made.authority["keyless"] = {{"url", kPublicFulcio},
                                 {"identities", std::vector<Json>{identity}}};
    if (!AddLog(keyless, made.authority) || !ReadExtensions(keyless, made.extensions) ||
        !is_known) {
      return std::nullopt;
    }
    return made;
  }

  // By the names that certificates' extensions have in PolicyOptions, where they are exact.
  bool ReadExtensions(const JsonPlace& keyless, Json& extensions) {
    const std::optional<JsonPlace> wanted = ObjectIn(keyless, "additionalExtensions");
    if (!wanted.has_value()) {
      if (!HasAny(keyless, "additionalExtensions")) return true;
      Nobody(JsonPointer(keyless.pointer(), "additionalExtensions"), "is no object");
      return false;
    }
    bool is_said = true;
    for (const auto& member : wanted->json().items()) {
      const std::string name =
          member.key() == "githubWorkflowSha" ? "githubWorkflowSHA" : member.key();
      const std::string text = member.value().is_string() ? member.value().get<std::string>() : "";
      extensions[name] = text;
      if (!text.empty() && text.find_first_of("*?") == std::string::npos &&
          cosign::IsExtensionName(name)) {
        continue;
      }
      Nobody(JsonPointer(wanted->pointer(), member.key()),
             "only a text without wildcards can be asked for, of an extension that has a name");
      is_said = false;
    }
    return is_said;
  }

  // A log is asked for unless it says otherwise. False, and said: keys of its own are to be trusted.
  bool AddLog(const JsonPlace& attestor, Json& authority) {
    std::string url(kPublicRekor);
    bool ignores_log = false;
    bool is_said = true;
    if (const std::optional<JsonPlace> rekor = ObjectIn(attestor, "rekor")) {
      ignores_log = rekor->OptionalBool("ignoreTlog").value_or(false);
      is_said = moved_.CannotSayOthers(*rekor, {"url", "ignoreTlog", "pubkey"});
      if (const std::string own = FindString(rekor->json(), "url"); !own.empty()) url = own;
      if (!ignores_log) is_said = Trusts(*rekor, "pubkey") && is_said;
    }
    if (!ignores_log) authority["ctlog"] = {{"url", url}};
    const std::optional<JsonPlace> log = ObjectIn(attestor, "ctlog");
    if (!log.has_value()) return is_said;
    const bool is_keyless = authority.contains("keyless");
    const bool ignores_sct = log->OptionalBool("ignoreSCT").value_or(false);
    is_said = moved_.CannotSayOthers(*log, {"ignoreSCT", "pubkey", "tsaCertChain"}) && is_said;
    if (is_keyless && ignores_sct) authority["keyless"]["insecureIgnoreSCT"] = true;
    if (is_keyless && !ignores_sct) is_said = Trusts(*log, "pubkey") && is_said;
    return Trusts(*log, "tsaCertChain") && is_said;
  }

  bool Trusts(const JsonPlace& place, std::string_view name) {
    if (!HasAny(place, name)) return true;
    Nobody(JsonPointer(place.pointer(), name), "write a TrustRoot with it");
    return false;
  }

  KyvernoObject& moved_;
};

}  // namespace

std::vector<MaybeAttestor> AttestorsOf(const JsonPlace& entry, const KyvernoDefaults& defaults,
                                       KyvernoObject& moved) {
  return Reader(moved).Read(entry, defaults);
}

}  // namespace countersign::policy
