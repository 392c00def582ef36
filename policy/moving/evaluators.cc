#include "policy/moving/evaluators.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "oci/registry_name.h"
#include "policy/image_glob.h"
#include "policy/image_names.h"

namespace countersign::policy {
namespace {

using base::Json;
using base::JsonPlace;

constexpr std::string_view kNotDecided = "is more than the signatures of keys can decide";

bool HoldOne(const std::set<KeyText>& keys, const std::set<KeyText>& signers) {
  return std::any_of(keys.begin(), keys.end(),
                     [&signers](const KeyText& key) { return signers.contains(key); });
}

// A ClusterImagePolicy.
struct Rule {
  std::string name;
  std::vector<ImageGlob> globs;
  std::set<KeyText> keys;
  bool passes = false;  // it has an authority that is always satisfied
  bool is_enforced = true;

  bool Holds(const std::set<KeyText>& signers) const {
    return passes || !is_enforced || HoldOne(keys, signers);
  }
};

struct Rules {
  std::vector<Rule> rules;
  std::map<std::string, std::string> group_of;  // a rule's, by its name
  bool denies_unmatched = true;
};

absl::Status ReadAuthority(const JsonPlace& authority, Rule& rule) {
  CS_RETURN_IF_ERROR(authority.RefuseOthers({"name", "key", "static", "source"}, kNotDecided));
  CS_ASSIGN_OR_RETURN(const auto is_static, authority.OptionalObject("static"));
  if (is_static.has_value()) {
    CS_ASSIGN_OR_RETURN(const std::string action, is_static->RequiredString("action"));
    if (action == "pass") rule.passes = true;
    return absl::OkStatus();
  }
  CS_ASSIGN_OR_RETURN(const JsonPlace key, authority.RequiredObject("key"));
  CS_RETURN_IF_ERROR(key.RefuseOthers({"data", "hashAlgorithm"}, kNotDecided));
  CS_ASSIGN_OR_RETURN(const std::string data, key.RequiredString("data"));
  rule.keys.insert(KeyTextOf(data));
  return absl::OkStatus();
}

absl::StatusOr<Rule> ReadRule(const JsonPlace& object, std::string name) {
  Rule rule = {.name = std::move(name)};
  CS_ASSIGN_OR_RETURN(const JsonPlace spec, object.RequiredObject("spec"));
  CS_RETURN_IF_ERROR(spec.RefuseOthers({"images", "authorities", "mode"}, kNotDecided));
  CS_ASSIGN_OR_RETURN(const std::string mode, spec.OptionalString("mode"));
  rule.is_enforced = mode != "warn";
  CS_ASSIGN_OR_RETURN(const auto images, spec.OptionalObjects("images"));
  for (const JsonPlace& image : images) {
    CS_ASSIGN_OR_RETURN(const std::string text, image.RequiredString("glob"));
    absl::StatusOr<ImageGlob> glob = ImageGlob::Parse(text);
    if (!glob.ok()) return image.MemberError("glob", glob.status().message());
    rule.globs.push_back(*std::move(glob));
  }
  CS_ASSIGN_OR_RETURN(const auto authorities, spec.OptionalObjects("authorities"));
  for (const JsonPlace& authority : authorities) {
    CS_RETURN_IF_ERROR(ReadAuthority(authority, rule));
  }
  return rule;
}

absl::Status ReadObject(const JsonPlace& object, Rules& rules) {
  CS_ASSIGN_OR_RETURN(const std::string kind, object.RequiredString("kind"));
  CS_ASSIGN_OR_RETURN(const JsonPlace metadata, object.RequiredObject("metadata"));
  CS_ASSIGN_OR_RETURN(std::string name, metadata.RequiredString("name"));
  if (kind == "ClusterImagePolicy") {
    CS_ASSIGN_OR_RETURN(Rule rule, ReadRule(object, std::move(name)));
    rules.rules.push_back(std::move(rule));
  } else if (kind == "PolicyOptions") {
    CS_ASSIGN_OR_RETURN(const JsonPlace spec, object.RequiredObject("spec"));
    CS_RETURN_IF_ERROR(spec.RefuseOthers({"group"}, kNotDecided));
    CS_ASSIGN_OR_RETURN(rules.group_of[name], spec.OptionalString("group"));
  } else if (kind == "ConfigMap") {
    CS_ASSIGN_OR_RETURN(const JsonPlace data, object.RequiredObject("data"));
    CS_ASSIGN_OR_RETURN(const std::string rule, data.OptionalString("no-match-policy"));
    rules.denies_unmatched = rule != "warn" && rule != "allow";
  }
  return absl::OkStatus();
}

std::string CanonicalName(const oci::ImageReference& image) {
  const std::string digest =
      image.digest() ? image.digest()->ToString() : absl::StrCat("sha256:", std::string(64, '0'));
  const std::string& path = image.repository().path;
  if (!image.names_registry()) {
    return absl::StrCat(image.repository().ToString(), "@", digest);
  }
  std::string host = image.text().substr(0, image.text().find('/'));
  if (host == oci::kDockerHubShortName) host = std::string(oci::kDockerHub);
  if (host == "localhost") host = absl::StrCat(oci::kDockerHub, "/localhost");
  return absl::StrCat(host, "/", path, "@", digest);
}

std::vector<std::string> NamesFor(const oci::ImageReference& image, Reading reading) {
  if (reading == Reading::kPolicyController) return {CanonicalName(image)};
  std::vector<std::string> names;
  for (ImageName& name : NamesOf(image)) names.push_back(std::move(name.text));
  return names;
}

bool Admits(const Rules& rules, const std::vector<std::string>& names, Reading reading,
            const std::set<KeyText>& signers) {
  bool is_covered = false;
  // Clauses, by group, or by the rule's own name: whether one of each holds.
  std::map<std::pair<bool, std::string>, bool> holds;
  for (const Rule& rule : rules.rules) {
    bool selects = false;
    for (const ImageGlob& glob : rule.globs) {
      for (const std::string& name : names) {
        selects = selects || glob.Matches(name);
        is_covered = is_covered || (reading == Reading::kPolicyController ? glob.Matches(name)
                                                                          : glob.Covers(name));
      }
    }
    if (!selects) continue;
    const auto group = rules.group_of.find(rule.name);
    const bool is_grouped =
        reading == Reading::kCountersign && group != rules.group_of.end() && !group->second.empty();
    bool& clause = holds[{is_grouped, is_grouped ? group->second : rule.name}];
    clause = clause || rule.Holds(signers);
  }
  if (!is_covered && rules.denies_unmatched) return false;
  return std::all_of(holds.begin(), holds.end(), [](const auto& clause) { return clause.second; });
}

}  // namespace

KeyText KeyTextOf(std::string_view pem) {
  return std::string(absl::StripAsciiWhitespace(absl::string_view(pem.data(), pem.size())));
}

Evaluate EvaluateSign(SignEntries sign, const SignSettings& settings) {
  const bool allows_unmatched = settings.allow_unmatched && !sign.denies_unmatched;
  auto shared = std::make_shared<const SignEntries>(std::move(sign));
  return [shared, allows_unmatched](const oci::ImageReference& image,
                                    const std::set<KeyText>& signers) {
    bool is_matched = false;
    for (const SignEntries::Entry& entry : shared->entries) {
      if (!entry.pattern.Matches(image)) continue;
      is_matched = true;
      for (const size_t key : entry.keys) {
        if (signers.contains(KeyTextOf(shared->keys[key].pem))) return true;
      }
    }
    return !is_matched && allows_unmatched;
  };
}

absl::StatusOr<Evaluate> EvaluateSigstore(absl::Span<const Json> objects, Reading reading) {
  auto rules = std::make_shared<Rules>();
  for (const Json& object : objects) {
    const absl::Status read = ReadObject(JsonPlace(object), *rules);
    if (read.ok()) continue;
    const std::string name = base::FindStringIn(object, "metadata", "name");
    return absl::InvalidArgumentError(
        absl::StrCat(base::Printable(base::FindString(object, "kind")), " ", base::Quoted(name),
                     " ", base::Printable(read.message())));
  }
  return [rules, reading](const oci::ImageReference& image, const std::set<KeyText>& signers) {
    return Admits(*rules, NamesFor(image, reading), reading, signers);
  };
}

}  // namespace countersign::policy
