#include "policy/moving/kyverno_image_policy.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace countersign::policy {
namespace {

using base::FindMember;
using base::FindString;
using base::Json;
using base::JsonPlace;
using base::JsonPointer;

// The attestors that an expression of the one form that is understood asks for, one of which is enough:
//   images.containers.map(image, verifyImageSignatures(image, [attestors.a, attestors.b]))
//     .all(e, e > 0)
// nullopt: it is another.
std::optional<std::vector<std::string>> AttestorsOf(std::string_view expression) {
  std::string text;
  for (const char c : expression) {
    if (!absl::ascii_isspace(c)) text += c;
  }
  std::string_view rest = text;
  const auto take = [&rest](std::string_view expected) {
    if (!rest.starts_with(expected)) return false;
    rest.remove_prefix(expected.size());
    return true;
  };
  const auto take_name = [&rest] {
    size_t length = 0;
    while (length < rest.size() && (absl::ascii_isalnum(rest[length]) || rest[length] == '_')) {
      ++length;
    }
    const std::string name(rest.substr(0, length));
    rest.remove_prefix(length);
    return name;
  };
  if (!take("images.containers.map(")) return std::nullopt;
  const std::string image = take_name();
  if (!take(",verifyImageSignatures(") || take_name() != image || !take(",[")) return std::nullopt;
  std::vector<std::string> attestors;
  do {
    if (!take("attestors.")) return std::nullopt;
    attestors.push_back(take_name());
  } while (take(","));
  if (!take("])).all(")) return std::nullopt;
  const std::string element = take_name();
  if (!take(",") || take_name() != element || rest != ">0)") return std::nullopt;
  return attestors;
}

class Mover {
 public:
  explicit Mover(KyvernoObject& moved) : moved_(moved) {}

  void Move(const JsonPlace& object, const std::string& name) {
    const std::optional<JsonPlace> spec = ObjectIn(object, "spec");
    if (!spec.has_value()) return moved_.CannotSay("/spec", "is no object");
    moved_.CannotSayOthers(*spec, {"matchImageReferences", "attestors", "validations",
                                   "validationActions", "matchConstraints", "failurePolicy",
                                   "validationConfigurations", "webhookConfiguration"});
    std::vector<std::string> globs;
    if (FindMember(spec->json(), "matchImageReferences") == nullptr) globs.push_back("**");
    for (const JsonPlace& reference : ObjectsIn(*spec, "matchImageReferences")) {
      moved_.CannotSayOthers(reference, {"glob"});
      if (FindMember(reference.json(), "glob") == nullptr) continue;
      if (std::optional<std::string> glob = moved_.Glob(*reference.Required("glob"))) {
        globs.push_back(*std::move(glob));
      }
    }
    for (const JsonPlace& attestor : ObjectsIn(*spec, "attestors")) ReadAttestor(attestor);
    const std::vector<JsonPlace> validations = ObjectsIn(*spec, "validations");
    for (size_t i = 0; i < validations.size(); ++i) {
      AddValidation(validations[i], absl::StrCat(name, "-", i), globs, IsEnforced(*spec));
    }
  }

 private:
  static bool IsEnforced(const JsonPlace& spec) {
    const Json* actions = FindMember(spec.json(), "validationActions");
    if (actions == nullptr || !actions->is_array() || actions->empty()) return true;
    for (const Json& action : *actions) {
      if (action == "Deny") return true;
    }
    return false;
  }

  void AddValidation(const JsonPlace& validation, const std::string& name,
                     const std::vector<std::string>& globs, bool is_enforced) {
    const std::string expression = FindString(validation.json(), "expression");
    const auto attestors = AttestorsOf(expression);
    if (!attestors.has_value()) {
      // A policy that asked nothing would say less.
      moved_.CannotSay(JsonPointer(validation.pointer(), "expression"),
                       "is no expression that is understood: its images are denied");
    }
    Json authorities = Json::array();
    for (const std::string& attestor : attestors.value_or(std::vector<std::string>())) {
      const auto known = authorities_.find(attestor);
      if (known != authorities_.end()) authorities.push_back(known->second);
    }
    moved_.AddPolicy(name, globs, std::move(authorities), is_enforced, Json::object());
  }

  void ReadAttestor(const JsonPlace& attestor) {
    moved_.CannotSayOthers(attestor, {"name", "cosign"});
    const std::optional<JsonPlace> cosign = ObjectIn(attestor, "cosign");
    if (!cosign.has_value()) return;
    moved_.CannotSayOthers(*cosign, {"key", "keyless", "source", "ctlog"});
    const std::string name = FindString(attestor.json(), "name");
    Json authority = {{"name", name}};
    if (const std::optional<JsonPlace> key = ObjectIn(*cosign, "key")) {
      if (!ReadKey(*key, authority)) return;
    } else if (const std::optional<JsonPlace> keyless = ObjectIn(*cosign, "keyless")) {
      if (!ReadKeyless(*keyless, authority)) return;
    } else {
      return;
    }
    ReadSource(*cosign, authority);
    ReadLog(*cosign, authority);
    authorities_[name] = std::move(authority);
  }

  bool ReadKey(const JsonPlace& key, Json& authority) {
    moved_.CannotSayOthers(key, {"data", "kms", "secretRef", "hashAlgorithm"});
    Json made = Json::object();
    for (const std::string_view name : {"data", "kms", "hashAlgorithm"}) {
      const std::string text = FindString(key.json(), name);
      if (!text.empty()) made[std::string(name)] = text;
    }
    if (const std::optional<JsonPlace> secret = ObjectIn(key, "secretRef")) {
      made["secretRef"] = {{"name", FindString(secret->json(), "name")}};
    }
    const bool has_key =
        made.contains("data") || made.contains("kms") || made.contains("secretRef");
    authority["key"] = std::move(made);
    return has_key;
  }

  bool ReadKeyless(const JsonPlace& keyless, Json& authority) {
    moved_.CannotSayOthers(keyless, {"identities"});
    if (FindMember(keyless.json(), "roots") != nullptr) return false;
    Json identities = Json::array();
    for (const JsonPlace& identity : ObjectsIn(keyless, "identities")) {
      moved_.CannotSayOthers(identity, {"issuer", "subject", "issuerRegExp", "subjectRegExp"});
      identities.push_back(KeylessIdentity(identity));
    }
    const bool has_any = !identities.empty();
    authority["keyless"] = {{"url", "https://fulcio.sigstore.dev"},
                            {"identities", std::move(identities)}};
    return has_any;
  }

  void ReadSource(const JsonPlace& cosign, Json& authority) {
    const std::optional<JsonPlace> source = ObjectIn(cosign, "source");
    if (!source.has_value()) return;
    moved_.CannotSayOthers(*source, {"repository", "tagPrefix"});
    Json made = Json::object();
    if (const std::string text = FindString(source->json(), "repository"); !text.empty()) {
      made["oci"] = text;
    }
    if (const std::string text = FindString(source->json(), "tagPrefix"); !text.empty()) {
      made["tagPrefix"] = text;
    }
    if (!made.empty()) authority["source"] = Json::array({std::move(made)});
  }

  void ReadLog(const JsonPlace& cosign, Json& authority) {
    std::string url = "https://rekor.sigstore.dev";
    const std::optional<JsonPlace> log = ObjectIn(cosign, "ctlog");
    if (log.has_value()) {
      moved_.CannotSayOthers(*log, {"url", "insecureIgnoreTlog", "insecureIgnoreSCT"});
      if (const std::string own = FindString(log->json(), "url"); !own.empty()) url = own;
      if (log->OptionalBool("insecureIgnoreSCT").value_or(false) && authority.contains("keyless")) {
        authority["keyless"]["insecureIgnoreSCT"] = true;
      }
      if (log->OptionalBool("insecureIgnoreTlog").value_or(false)) return;
    }
    authority["ctlog"] = {{"url", url}};
  }

  KyvernoObject& moved_;
  std::map<std::string, Json> authorities_;  // by the names of attestors
};

}  // namespace

void MoveImageValidatingPolicy(const base::JsonPlace& object, const std::string& name,
                               KyvernoObject& moved) {
  Mover(moved).Move(object, name);
}

}  // namespace countersign::policy
