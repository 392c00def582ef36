#include "policy/moving/kyverno_cluster_policy.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace countersign::policy {
namespace {

using base::FindMember;
using base::FindString;
using base::Json;
using base::JsonPlace;
using base::JsonPointer;

constexpr std::string_view kEndOfKey = "-----END PUBLIC KEY-----";
constexpr std::string_view kRekor = "https://rekor.sigstore.dev";

// What the parts of one `verifyImages` have in common.
struct Scope {
  std::string name;
  std::vector<std::string> globs;
  bool is_enforced = false;
  std::string repository;
  Json annotations = Json::object();
};

class Mover {
 public:
  Mover(const std::string& name, KyvernoObject& moved) : name_(name), moved_(moved) {}

  void Move(const JsonPlace& object) {
    const std::optional<JsonPlace> spec = ObjectIn(object, "spec");
    if (!spec.has_value()) return moved_.CannotSay("/spec", "is no object");
    moved_.CannotSayOthers(
        *spec, {"rules", "validationFailureAction", "background", "webhookTimeoutSeconds",
                "webhookConfiguration", "failurePolicy"});
    const bool is_enforced =
        absl::EqualsIgnoreCase(FindString(spec->json(), "validationFailureAction"), "enforce");
    const std::vector<JsonPlace> rules = ObjectsIn(*spec, "rules");
    for (const JsonPlace& rule : rules) MoveRule(rule, is_enforced);
  }

 private:
  void MoveRule(const JsonPlace& rule, bool is_enforced) {
    moved_.CannotSayOthers(rule, {"name", "match", "verifyImages"});
    if (const std::optional<JsonPlace> match = ObjectIn(rule, "match")) CheckMatch(*match);
    for (const JsonPlace& images : ObjectsIn(rule, "verifyImages")) {
      MoveImages(images, is_enforced);
    }
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

  void MoveImages(const JsonPlace& images, bool is_enforced) {
    moved_.CannotSayOthers(images, {"imageReferences", "attestors", "attestations", "type",
                                    "failureAction", "repository", "annotations", "mutateDigest",
                                    "verifyDigest", "required", "useCache"});
    const std::string type = FindString(images.json(), "type");
    if (!type.empty() && type != "Cosign" && type != "SigstoreBundle") {
      return moved_.CannotSay(JsonPointer(images.pointer(), "type"),
                              "only signatures of Sigstore are verified: left out");
    }
    Scope scope = {.name = absl::StrCat(name_, "-", count_++), .is_enforced = is_enforced};
    if (const std::string action = FindString(images.json(), "failureAction"); !action.empty()) {
      scope.is_enforced = absl::EqualsIgnoreCase(action, "enforce");
    }
    scope.repository = FindString(images.json(), "repository");
    if (const Json* annotations = FindMember(images.json(), "annotations")) {
      scope.annotations = *annotations;
    }
    for (const JsonPlace& pattern : ElementsOf(images, "imageReferences")) {
      if (std::optional<std::string> glob = moved_.Glob(pattern)) {
        scope.globs.push_back(*std::move(glob));
      }
    }
    const std::vector<JsonPlace> sets = ObjectsIn(images, "attestors");
    for (size_t i = 0; i < sets.size(); ++i) MoveSet(sets[i], i, scope, nullptr);
    for (const JsonPlace& attestation : ObjectsIn(images, "attestations")) {
      MoveAttestation(attestation, scope);
    }
  }

  static std::vector<JsonPlace> ElementsOf(const JsonPlace& place, std::string_view name) {
    return place.OptionalElements(name).value_or(std::vector<JsonPlace>());
  }

  void MoveAttestation(const JsonPlace& attestation, const Scope& scope) {
    moved_.CannotSayOthers(attestation, {"name", "type", "predicateType", "attestors"});
    std::string type = FindString(attestation.json(), "type");
    if (type.empty()) type = FindString(attestation.json(), "predicateType");
    const Json wanted = Json::array({{{"name", "attestation"}, {"predicateType", type}}});
    const std::vector<JsonPlace> sets = ObjectsIn(attestation, "attestors");
    if (sets.empty()) {
      moved_.CannotSay(attestation.pointer(), "names no attestors: nobody's word is taken");
      moved_.AddPolicy(absl::StrCat(scope.name, "-attestation-", attestations_++), scope.globs,
                       Json::array(), scope.is_enforced, Json::object());
    }
    for (const JsonPlace& set : sets) {
      Scope own = scope;
      own.name = absl::StrCat(scope.name, "-attestation-", attestations_++);
      MoveSet(set, 0, own, &wanted);
    }
  }

  // All entries must hold, or as many as `count` says.
  void MoveSet(const JsonPlace& set, size_t index, const Scope& scope, const Json* attestations) {
    moved_.CannotSayOthers(set, {"entries", "count"});
    Json authorities = Json::array();
    Json options = Json::object();
    const std::vector<JsonPlace> entries = ObjectsIn(set, "entries");
    Json annotations = scope.annotations;
    size_t wanted = 0;
    for (const JsonPlace& entry : entries) wanted += MoveEntry(entry, authorities, annotations);
    if (const int64_t count = set.OptionalInteger("count").value_or(0); count > 0) {
      wanted = static_cast<size_t>(count);
    }
    if (wanted > 1) options["threshold"] = wanted;
    if (!annotations.empty()) options["annotations"] = annotations;
    for (Json& authority : authorities) {
      if (attestations != nullptr) authority["attestations"] = *attestations;
      if (!authority.contains("source") && !scope.repository.empty()) {
        authority["source"] = Json::array({{{"oci", scope.repository}}});
      }
    }
    // What could not be moved is missing, and what is there cannot make up for it.
    if (wanted > authorities.size()) authorities = Json::array();
    if (authorities.empty()) options = Json::object();
    moved_.AddPolicy(index == 0 ? scope.name : absl::StrCat(scope.name, "-", index), scope.globs,
                     std::move(authorities), scope.is_enforced, std::move(options));
  }

  // How many authorities the entry stands for, whether they could be moved or not.
  size_t MoveEntry(const JsonPlace& entry, Json& authorities, Json& annotations) {
    moved_.CannotSayOthers(entry, {"keys", "keyless", "annotations", "repository"});
    if (const Json* own = FindMember(entry.json(), "annotations")) annotations.update(*own);
    const size_t before = authorities.size();
    size_t wanted = 1;
    if (const std::optional<JsonPlace> keys = ObjectIn(entry, "keys")) {
      wanted = MoveKeys(*keys, authorities);
    } else if (const std::optional<JsonPlace> keyless = ObjectIn(entry, "keyless")) {
      MoveKeyless(*keyless, authorities);
    }
    const std::string repository = FindString(entry.json(), "repository");
    for (size_t i = before; i < authorities.size() && !repository.empty(); ++i) {
      authorities[i]["source"] = Json::array({{{"oci", repository}}});
    }
    return wanted;
  }

  size_t MoveKeys(const JsonPlace& keys, Json& authorities) {
    moved_.CannotSayOthers(keys,
                           {"publicKeys", "signatureAlgorithm", "rekor", "ctlog", "kms", "secret"});
    std::vector<Json> found;
    const std::string text = FindString(keys.json(), "publicKeys");
    std::string_view rest = text;
    for (size_t end; (end = rest.find(kEndOfKey)) != std::string_view::npos;) {
      const std::string_view pem = rest.substr(0, end + kEndOfKey.size());
      found.push_back({{"data", absl::StrCat(pem.substr(pem.find("-----BEGIN")), "\n")}});
      rest.remove_prefix(end + kEndOfKey.size());
    }
    if (Json key = KeyReference(text); found.empty() && !key.is_null()) found.push_back(key);
    if (Json key = KeyReference(FindString(keys.json(), "kms")); !key.is_null()) {
      found.push_back(key);
    }
    if (const std::optional<JsonPlace> secret = ObjectIn(keys, "secret")) {
      found.push_back({{"secretRef", {{"name", FindString(secret->json(), "name")}}}});
    }
    if (found.empty()) {
      moved_.CannotSay(keys.pointer(), "no key is there that a policy can name: left out");
    }
    const std::string algorithm = FindString(keys.json(), "signatureAlgorithm");
    for (Json& key : found) {
      if (!algorithm.empty()) key["hashAlgorithm"] = algorithm;
      Json authority = {{"name", absl::StrCat("authority-", authorities.size())},
                        {"key", std::move(key)}};
      AddLog(keys, authority);
      authorities.push_back(std::move(authority));
    }
    return found.empty() ? 1 : found.size();
  }

  void MoveKeyless(const JsonPlace& keyless, Json& authorities) {
    moved_.CannotSayOthers(
        keyless, {"issuer", "subject", "issuerRegExp", "subjectRegExp", "rekor", "ctlog"});
    // With a root of its own it would trust the public one here.
    if (FindMember(keyless.json(), "roots") != nullptr) return;
    Json authority = {{"name", absl::StrCat("authority-", authorities.size())},
                      {"keyless",
                       {{"url", "https://fulcio.sigstore.dev"},
                        {"identities", Json::array({KeylessIdentity(keyless)})}}}};
    AddLog(keyless, authority);
    authorities.push_back(std::move(authority));
  }

  // A log is asked for unless it says otherwise.
  void AddLog(const JsonPlace& attestor, Json& authority) {
    std::string url(kRekor);
    if (const std::optional<JsonPlace> rekor = ObjectIn(attestor, "rekor")) {
      moved_.CannotSayOthers(*rekor, {"url", "ignoreTlog"});
      if (rekor->OptionalBool("ignoreTlog").value_or(false)) return;
      if (const std::string own = FindString(rekor->json(), "url"); !own.empty()) url = own;
    }
    authority["ctlog"] = {{"url", url}};
    if (const std::optional<JsonPlace> log = ObjectIn(attestor, "ctlog")) {
      moved_.CannotSayOthers(*log, {"ignoreSCT"});
      const bool ignores = log->OptionalBool("ignoreSCT").value_or(false);
      if (ignores && authority.contains("keyless"))
        authority["keyless"]["insecureIgnoreSCT"] = true;
    }
  }

  const std::string& name_;
  KyvernoObject& moved_;
  size_t count_ = 0;
  size_t attestations_ = 0;
};

}  // namespace

void MoveClusterPolicy(const base::JsonPlace& object, const std::string& name,
                       KyvernoObject& moved) {
  Mover(name, moved).Move(object);
}

}  // namespace countersign::policy
