#include "policy/moving/kyverno_cluster_policy.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "policy/moving/kyverno_attestations.h"
#include "policy/moving/kyverno_attestors.h"
#include "policy/moving/kyverno_set.h"

namespace countersign::policy {
namespace {

using base::FindMember;
using base::FindString;
using base::Json;
using base::JsonPlace;
using base::JsonPointer;

// Members of an entry of verifyImages that the new policies say, and those that are left out, as without
// them no more is admitted.
constexpr std::string_view kSaid[] = {
    "imageReferences", "attestors",    "attestations", "type",     "failureAction", "repository",
    "annotations",     "mutateDigest", "verifyDigest", "required", "useCache",      "validate"};
constexpr std::string_view kLeftOut[] = {"skipImageReferences", "imageRegistryCredentials",
                                         "cosignOCI11"};

bool IsOneOf(absl::Span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool IsEnforce(const std::string& action) { return absl::EqualsIgnoreCase(action, "enforce"); }

struct Rule {
  // What its variables may be about besides the predicate of an attestation.
  std::set<std::string> names;
  bool is_enforced = false;
  std::string validates;  // where conditions on the results are; "": nowhere
};

// The attestors that the old form means, with a key or an issuer beside the images; null: none.
Json OldSet(const Json& images) {
  Json entry = Json::object();
  if (!FindString(images, "key").empty()) {
    entry["keys"] = {{"publicKeys", FindString(images, "key")}};
  } else if (images.contains("issuer") || images.contains("subject")) {
    entry["keyless"] = Json::object();
    for (const char* name : {"issuer", "subject", "roots", "additionalExtensions"}) {
      if (const Json* member = FindMember(images, name)) entry["keyless"][name] = *member;
    }
  } else {
    return nullptr;
  }
  return {{"entries", std::vector<Json>{std::move(entry)}}};
}

void AddTo(Json& object, const char* name, const Json& element) {
  Json& list = object[name];
  if (list.is_null()) list = Json::array();
  if (list.is_array()) list.push_back(element);
}

// With `attestors` and `imageReferences` in place of the old form's, where it means them.
void MoveOldForm(Json& images) {
  if (!images.is_object()) return;
  if (const Json* image = FindMember(images, "image"))
    AddTo(images, "imageReferences", Json(*image));
  const Json set = OldSet(images);
  if (!set.is_null()) {
    Json* attestations = &images["attestations"];
    if (attestations->is_array() && !attestations->empty()) {
      for (Json& attestation : *attestations) {
        if (attestation.is_object()) AddTo(attestation, "attestors", set);
      }
    } else {
      AddTo(images, "attestors", set);
    }
  }
  for (const char* name : {"image", "key", "issuer", "subject"}) images.erase(name);
  if (set.is_null()) return;
  for (const char* name : {"roots", "additionalExtensions"}) images.erase(name);
}

void MoveOldForms(Json& object) {
  const base::Json::json_pointer rules("/spec/rules");
  if (!object.is_object() || !object.contains(rules) || !object[rules].is_array()) return;
  for (Json& rule : object[rules]) {
    if (!rule.is_object() || !rule.contains("verifyImages")) continue;
    Json& all = rule["verifyImages"];
    if (!all.is_array()) continue;
    for (Json& images : all) MoveOldForm(images);
  }
}

class Mover {
 public:
  Mover(const std::string& name, KyvernoObject& moved) : name_(name), moved_(moved) {}

  void Move(const JsonPlace& object) {
    const std::optional<JsonPlace> spec = ObjectIn(object, "spec");
    if (!spec.has_value()) return moved_.CannotSay("/spec", "is no object");
    moved_.CannotSayOthers(
        *spec, {"rules", "validationFailureAction", "validationFailureActionOverrides",
                "background", "webhookTimeoutSeconds", "webhookConfiguration", "failurePolicy"});
    is_enforced_ = IsEnforce(FindString(spec->json(), "validationFailureAction"));
    for (const JsonPlace& override : ObjectsIn(*spec, "validationFailureActionOverrides")) {
      const bool enforces = IsEnforce(FindString(override.json(), "action"));
      moved_.CannotSay(override.pointer(), enforces ? "is about some namespaces: enforced in all"
                                                    : "is about some namespaces: left out");
      is_enforced_ = is_enforced_ || enforces;
    }
    for (const JsonPlace& rule : ObjectsIn(*spec, "rules")) MoveRule(rule);
  }

 private:
  void MoveRule(const JsonPlace& rule) {
    const std::vector<JsonPlace> all = ObjectsIn(rule, "verifyImages");
    if (all.empty()) {
      return moved_.CannotSay(rule.pointer(), HasAny(rule, "verifyImages")
                                                  ? "verifyImages is no list of objects: left out"
                                                  : "verifies no images: leave it to Kyverno");
    }
    moved_.CannotSayOthers(rule, {"name", "match", "verifyImages", "context"});
    if (const std::optional<JsonPlace> match = ObjectIn(rule, "match")) CheckMatch(*match);
    Rule read = {.names = NamesIn(rule, all)};
    for (const JsonPlace& images : all) {
      // One that enforces decides for the rule.
      read.is_enforced = read.is_enforced || IsEnforced(images, is_enforced_);
      const std::optional<JsonPlace> validate = ObjectIn(images, "validate");
      if (validate.has_value() && HasAny(*validate, "deny")) {
        read.validates = JsonPointer(validate->pointer(), "deny");
      }
    }
    for (const JsonPlace& images : all) MoveImages(images, read);
  }

  static std::set<std::string> NamesIn(const JsonPlace& rule, const std::vector<JsonPlace>& all) {
    std::set<std::string> names;
    for (const JsonPlace& entry : ObjectsIn(rule, "context")) {
      names.insert(FindString(entry.json(), "name"));
    }
    for (const JsonPlace& images : all) {
      for (const JsonPlace& attestation : ObjectsIn(images, "attestations")) {
        names.insert(FindString(attestation.json(), "name"));
      }
    }
    return names;
  }

  static bool IsEnforced(const JsonPlace& images, bool otherwise) {
    const std::string action = FindString(images.json(), "failureAction");
    return action.empty() ? otherwise : IsEnforce(action);
  }

  // Every image is asked about, whatever runs it.
  void CheckMatch(const JsonPlace& match) {
    moved_.CannotSayOthers(match, {"any", "all", "resources"});
    std::vector<JsonPlace> filters = ObjectsIn(match, "any");
    for (const JsonPlace& filter : ObjectsIn(match, "all")) filters.push_back(filter);
    filters.push_back(match);
    for (const JsonPlace& filter : filters) {
      const std::optional<JsonPlace> resources = ObjectIn(filter, "resources");
      if (resources.has_value()) moved_.CannotSayOthers(*resources, {"kinds", "operations"});
    }
  }

  void MoveImages(const JsonPlace& images, const Rule& rule) {
    const std::string name = absl::StrCat(name_, "-", count_++);
    KyvernoScope scope = {.is_enforced = rule.is_enforced};
    AddGlobs(images, scope);
    const std::optional<std::string> unsaid = FindUnsaid(images);
    const std::string type = FindString(images.json(), "type");
    if (unsaid.has_value()) {
      return moved_.AddDenial(name, scope, *unsaid, "has no place in a ClusterImagePolicy");
    }
    if (!type.empty() && type != "Cosign" && type != "SigstoreBundle") {
      return moved_.AddDenial(name, scope, JsonPointer(images.pointer(), "type"),
                              "only signatures of Sigstore are verified");
    }
    // Kyverno asks them after attestations alone.
    if (!rule.validates.empty() &&
        (HasAny(images, "attestations") || rule.validates.starts_with(images.pointer() + "/"))) {
      return moved_.AddDenial(name, scope, rule.validates, "its conditions cannot be said");
    }
    KyvernoDefaults defaults;
    defaults.repository = FindString(images.json(), "repository");
    if (const Json* annotations = FindMember(images.json(), "annotations")) {
      if (annotations->is_object()) defaults.annotations = *annotations;
    }
    KyvernoSets sets(moved_, scope, defaults);
    Move(images, name, sets, rule);
  }

  void Move(const JsonPlace& images, const std::string& name, KyvernoSets& sets, const Rule& rule) {
    const std::vector<JsonPlace> own = ObjectsIn(images, "attestors");
    const std::vector<JsonPlace> attestations = ObjectsIn(images, "attestations");
    for (size_t i = 0; i < own.size(); ++i) {
      sets.Move(own[i], i == 0 ? name : absl::StrCat(name, "-", i));
    }
    KyvernoAttestations statements(sets, rule.names, absl::StrCat(name, "-attestation"));
    for (const JsonPlace& attestation : attestations) {
      statements.Move(attestation, ObjectsIn(attestation, "attestors"));
    }
    if (own.empty() && attestations.empty()) AskForDigests(images, name, sets);
  }

  // Of images that nobody need have signed.
  void AskForDigests(const JsonPlace& images, const std::string& name, KyvernoSets& sets) {
    if (images.OptionalBool("required").value_or(true) ||
        FindMember(images.json(), "required") == nullptr) {
      return moved_.AddDenial(name, sets.scope(), images.pointer(),
                              "names no attestors: nobody's word is taken");
    }
    const Json* digest = FindMember(images.json(), "verifyDigest");
    if (digest != nullptr && *digest == false) {
      return moved_.CannotSay(images.pointer(), "asks nothing of its images: left out");
    }
    moved_.CannotSay(JsonPointer(images.pointer(), "verifyDigest"),
                     "an image without a digest is given one, and admitted");
    // The Policy Controller wants digests of all.
    const bool is_ours = moved_.target() == Target::kCountersign;
    moved_.AddPolicy(name, sets.scope(),
                     std::vector<Json>{{{"name", "anybody"}, {"static", {{"action", "pass"}}}}},
                     is_ours ? Json({{"pinning", "required"}}) : Json::object());
  }

  void AddGlobs(const JsonPlace& images, KyvernoScope& scope) {
    for (const JsonPlace& pattern :
         images.OptionalElements("imageReferences").value_or(std::vector<JsonPlace>())) {
      for (std::string& glob : moved_.Globs(pattern)) {
        const bool is_new =
            std::find(scope.globs.begin(), scope.globs.end(), glob) == scope.globs.end();
        if (is_new) scope.globs.push_back(std::move(glob));
      }
    }
  }

  // The pointer of the first member that may ask for something that nothing here is known of.
  std::optional<std::string> FindUnsaid(const JsonPlace& images) {
    moved_.CannotSayOthers(images, kSaid);
    for (const auto& member : images.json().items()) {
      if (!IsOneOf(kSaid, member.key()) && !IsOneOf(kLeftOut, member.key())) {
        return JsonPointer(images.pointer(), member.key());
      }
    }
    for (const std::string_view name : {"attestors", "attestations"}) {
      // What is no list of objects is asked for, too.
      if (HasAny(images, name) && ObjectsIn(images, name).empty()) {
        return JsonPointer(images.pointer(), name);
      }
    }
    return std::nullopt;
  }

  const std::string& name_;
  KyvernoObject& moved_;
  bool is_enforced_ = false;
  size_t count_ = 0;
};

}  // namespace

void MoveClusterPolicy(const base::JsonPlace& object, const std::string& name,
                       KyvernoObject& moved) {
  Json copy = object.json();
  MoveOldForms(copy);
  Mover(name, moved).Move(JsonPlace(copy));
}

}  // namespace countersign::policy
