#include "policy/moving/kyverno_image_policy.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "crypto/public_key.h"
#include "policy/moving/kyverno_attestors.h"
#include "policy/moving/kyverno_set.h"
#include "policy/sigstore/public_instance.h"

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
    const KyvernoScope scope = {.globs = GlobsOf(*spec), .is_enforced = IsEnforced(*spec)};
    for (const JsonPlace& attestor : ObjectsIn(*spec, "attestors")) ReadAttestor(attestor);
    const std::vector<JsonPlace> validations = ObjectsIn(*spec, "validations");
    if (validations.empty()) {
      return moved_.AddDenial(absl::StrCat(name, "-0"), scope, "/spec/validations",
                              "there is nothing that is understood");
    }
    for (size_t i = 0; i < validations.size(); ++i) {
      AddValidation(validations[i], absl::StrCat(name, "-", i), scope);
    }
  }

 private:
  std::vector<std::string> GlobsOf(const JsonPlace& spec) {
    if (!HasAny(spec, "matchImageReferences")) return {"**"};
    std::vector<std::string> globs;
    const std::vector<JsonPlace> references = ObjectsIn(spec, "matchImageReferences");
    for (const JsonPlace& reference : references) {
      if (moved_.CannotSayOthers(reference, {"glob"}) && HasAny(reference, "glob")) {
        for (std::string& glob : moved_.Globs(*reference.Required("glob"))) {
          globs.push_back(std::move(glob));
        }
        continue;
      }
      moved_.CannotSay(reference.pointer(), "is no glob: every image is asked about");
      return {"**"};
    }
    if (!globs.empty()) return globs;
    moved_.CannotSay("/spec/matchImageReferences", "cannot be read: every image is asked about");
    return {"**"};
  }

  static bool IsEnforced(const JsonPlace& spec) {
    const Json* actions = FindMember(spec.json(), "validationActions");
    if (actions == nullptr || !actions->is_array() || actions->empty()) return true;
    for (const Json& action : *actions) {
      if (action == "Deny") return true;
    }
    return false;
  }

  void AddValidation(const JsonPlace& validation, const std::string& name,
                     const KyvernoScope& scope) {
    const std::string pointer = JsonPointer(validation.pointer(), "expression");
    const auto attestors = AttestorsOf(FindString(validation.json(), "expression"));
    if (!attestors.has_value()) {
      return moved_.AddDenial(name, scope, pointer, "is no expression that is understood");
    }
    std::vector<KyvernoAttestor> known;
    for (const std::string& attestor : *attestors) {
      const auto found = attestors_.find(attestor);
      if (found == attestors_.end()) continue;
      // Those of one policy ask for the same annotations; without this one less is admitted.
      if (!known.empty() && known.front().annotations != found->second.annotations) {
        moved_.CannotSay(
            pointer, absl::StrCat(base::Quoted(attestor), " asks for other annotations: left out"));
        continue;
      }
      known.push_back(found->second);
    }
    KyvernoSets(moved_, scope, {}).Add(name, known, 1);
  }

  void ReadAttestor(const JsonPlace& attestor) {
    const bool is_known = moved_.CannotSayOthers(attestor, {"name", "cosign"});
    const std::optional<JsonPlace> cosign = ObjectIn(attestor, "cosign");
    if (!cosign.has_value()) return;
    const bool is_said =
        moved_.CannotSayOthers(*cosign, {"key", "keyless", "source", "ctlog", "annotations"});
    const std::string name = FindString(attestor.json(), "name");
    KyvernoAttestor made;
    bool can_pass = is_known && is_said;
    const std::optional<JsonPlace> key = ObjectIn(*cosign, "key");
    const std::optional<JsonPlace> keyless = ObjectIn(*cosign, "keyless");
    if (key.has_value()) can_pass = ReadKey(*key, made.authority) && can_pass;
    if (keyless.has_value()) can_pass = ReadKeyless(*keyless, made.authority) && can_pass;
    ReadSource(*cosign, made.authority);
    can_pass = ReadLog(*cosign, made.authority) && can_pass;
    if (const Json* annotations = FindMember(cosign->json(), "annotations")) {
      if (!annotations->is_null()) made.annotations = *annotations;
    }
    if (can_pass && key.has_value() != keyless.has_value()) {
      attestors_[name] = std::move(made);
    } else {
      moved_.CannotSay(attestor.pointer(), "cannot be said: nobody passes by it");
    }
  }

  bool ReadKey(const JsonPlace& key, Json& authority) {
    const bool is_known =
        moved_.CannotSayOthers(key, {"data", "kms", "secretRef", "hashAlgorithm"});
    Json made = Json::object();
    for (const std::string_view name : {"data", "kms", "hashAlgorithm"}) {
      const std::string text = FindString(key.json(), name);
      if (!text.empty()) made[std::string(name)] = text;
    }
    if (const std::optional<JsonPlace> secret = ObjectIn(key, "secretRef")) {
      made["secretRef"] = {{"name", FindString(secret->json(), "name")}};
    }
    const auto read = crypto::PublicKey::FromPem(FindString(made, "data"));
    const bool is_readable = !made.contains("data") || read.ok();
    if (!is_readable) {
      moved_.CannotSay(JsonPointer(key.pointer(), "data"),
                       absl::StrCat("cannot be read: ", base::Printable(read.status().message())));
    }
    const size_t keys = made.size() - (made.contains("hashAlgorithm") ? 1 : 0);
    authority["key"] = std::move(made);
    return is_known && is_readable && keys == 1;
  }

  bool ReadKeyless(const JsonPlace& keyless, Json& authority) {
    // With roots of its own the public one would be trusted.
    bool is_said = moved_.CannotSayOthers(keyless, {"identities"});
    Json identities = Json::array();
    for (const JsonPlace& identity : ObjectsIn(keyless, "identities")) {
      is_said = moved_.CannotSayOthers(identity,
                                       {"issuer", "subject", "issuerRegExp", "subjectRegExp"}) &&
                is_said;
      identities.push_back(KeylessIdentity(identity));
      is_said = is_said && !identities.back().is_null();
    }
    is_said = is_said && !identities.empty();
    authority["keyless"] = {{"url", kPublicFulcio}, {"identities", std::move(identities)}};
    return is_said;
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

  // False: keys of its own are to be trusted.
  bool ReadLog(const JsonPlace& cosign, Json& authority) {
    std::string url(kPublicRekor);
    const std::optional<JsonPlace> log = ObjectIn(cosign, "ctlog");
    bool is_said = true;
    if (log.has_value()) {
      is_said = moved_.CannotSayOthers(*log, {"url", "insecureIgnoreTlog", "insecureIgnoreSCT"});
      if (const std::string own = FindString(log->json(), "url"); !own.empty()) url = own;
      if (log->OptionalBool("insecureIgnoreSCT").value_or(false) && authority.contains("keyless")) {
        authority["keyless"]["insecureIgnoreSCT"] = true;
      }
      if (log->OptionalBool("insecureIgnoreTlog").value_or(false)) return is_said;
    }
    authority["ctlog"] = {{"url", url}};
    return is_said;
  }

  KyvernoObject& moved_;
  std::map<std::string, KyvernoAttestor> attestors_;  // by their names, those that can be said
};

}  // namespace

void MoveImageValidatingPolicy(const base::JsonPlace& object, const std::string& name,
                               KyvernoObject& moved) {
  Mover(moved).Move(object, name);
}

}  // namespace countersign::policy
