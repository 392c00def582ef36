#include "policy/moving/sign_to_sigstore.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/printable.h"
#include "policy/moving/glob_spellings.h"
#include "policy/moving/sigstore_objects.h"
#include "policy/policy_identity.h"

namespace countersign::policy {
namespace {

using base::Json;
using base::Quoted;

constexpr std::string_view kOptionsRequired = "policy.countersign.dev/options";

Json Authority(const SignEntries::Key& key, const std::vector<std::string>& pull_secrets) {
  Json authority = {{"name", key.name}, {"key", {{"data", key.pem}}}};
  if (pull_secrets.empty()) return authority;
  Json names = Json::array();
  for (const std::string& name : pull_secrets) names.push_back({{"name", name}});
  authority["source"] = Json::array({{{"signaturePullSecrets", std::move(names)}}});
  return authority;
}

}  // namespace

base::Json ImagePolicyObject(const std::string& name, const std::vector<std::string>& globs,
                             const std::vector<SignEntries::Key>& keys,
                             const std::vector<std::string>& pull_secrets) {
  Json authorities = Json::array();
  for (const SignEntries::Key& key : keys) authorities.push_back(Authority(key, pull_secrets));
  if (keys.empty()) {
    authorities.push_back(
        {{"name", "nobody"},
         {"static", {{"action", "fail"}, {"message", "no key may sign these images"}}}});
  }
  return ClusterImagePolicyObject(name, globs, std::move(authorities), "enforce");
}

base::Json UnmatchedRule(const SignEntries& sign, const SignSettings& settings) {
  const bool allows = settings.allow_unmatched && !sign.denies_unmatched;
  return NoMatchPolicyObject(allows ? "warn" : "deny");
}

std::vector<std::string> NotesOf(const SignEntries& sign, const SignSettings& settings) {
  std::vector<std::string> notes;
  for (const std::string& problem : sign.problems) {
    notes.push_back(
        absl::StrCat("the policy of Sign has a fault there, and is translated as it is "
                     "enforced: ",
                     problem));
  }
  if (settings.allow_unmatched && sign.denies_unmatched) {
    notes.push_back(
        "no-match-policy is deny, although unmatched images are allowed: what the patterns that "
        "cannot be used were meant to match is unknown");
  }
  const std::string all_but =
      sign.excluded_namespaces.empty()
          ? "every namespace"
          : absl::StrCat("every namespace but ", absl::StrJoin(sign.excluded_namespaces, ", "));
  notes.push_back(
      absl::StrCat("label ", all_but,
                   ": kubectl label namespace NAME policy.sigstore.dev/include=true; one that "
                   "is made later is not asked about until it is labelled"));
  for (const SignEntries::Entry& entry : sign.entries) {
    if (!entry.secret.has_value()) continue;
    notes.push_back(absl::StrCat(Quoted(entry.pattern.text()), ": copy the Secret ",
                                 entry.secret->secret_namespace, "/", entry.secret->name,
                                 " into each namespace whose workloads use these images: "
                                 "signaturePullSecrets are looked for "
                                 "there"));
  }
  notes.push_back(
      "the ConfigMap config-policy-controller belongs into the namespace of the installation: "
      "change "
      "metadata.namespace if that is another one");
  return notes;
}

Translation SignToSigstore(const SignEntries& sign, const SignSettings& settings,
                           StepBudget& steps) {
  Translation result;
  result.notes = NotesOf(sign, settings);
  for (const SignEntries::Entry& entry : sign.entries) {
    const std::string name = absl::StrCat(kPolicyName, "-", entry.index);
    GlobSpellings spelled = SpellAsGlobs(entry.pattern, steps);
    if (spelled.difference.has_value()) {
      result.differences.push_back({absl::StrCat(name, " (", Quoted(entry.pattern.text()), ") ",
                                                 spelled.difference->sentence),
                                    std::move(spelled.difference->witness)});
    }
    if (spelled.globs.empty()) continue;
    std::vector<SignEntries::Key> keys;
    for (const size_t key : entry.keys) keys.push_back(sign.keys[key]);
    std::vector<std::string> secrets;
    if (entry.secret.has_value()) secrets.push_back(entry.secret->name);
    Json policy = ImagePolicyObject(name, spelled.globs, keys, secrets);
    policy["metadata"]["annotations"] = {{kOptionsRequired, "required"}};
    result.objects.push_back(std::move(policy));
    result.objects.push_back(PolicyOptionsObject(name, {{"group", kPolicyName}}));
  }
  result.objects.push_back(UnmatchedRule(sign, settings));
  result.exactness = result.differences.empty() ? Exactness::kExact : Exactness::kInexact;
  return result;
}

}  // namespace countersign::policy
