#include "policy/requirement.h"

#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"

namespace countersign::policy {
namespace {

// A list that keeps the first of equal values.
template <typename T>
class DistinctList {
 public:
  explicit DistinctList(std::vector<T>& list) : list_(list) {}
  void Add(T value) {
    if (seen_.insert(value).second) list_.push_back(std::move(value));
  }

 private:
  std::vector<T>& list_;
  absl::flat_hash_set<T> seen_;
};

std::vector<const Rule*> MatchingRules(const ImagePolicy& policy,
                                       const oci::ImageReference& image) {
  std::vector<const Rule*> matching;
  for (const Rule& rule : policy.rules()) {
    if (rule.pattern.Matches(image)) matching.push_back(&rule);
  }
  return matching;
}

// Puts the usable keys of `rules` into the requirement, and returns for each key of the policy its
// index there.
std::vector<std::optional<size_t>> AddUsableKeys(const ImagePolicy& policy,
                                                 const std::vector<const Rule*>& rules,
                                                 Requirement& requirement) {
  std::vector<bool> named(policy.keys().size(), false);
  for (const Rule* rule : rules) {
    for (const size_t key : rule->keys) named[key] = true;
  }
  std::vector<std::optional<size_t>> index_of(policy.keys().size());
  for (size_t i = 0; i < named.size(); ++i) {
    const PolicyKey& key = policy.keys()[i];
    if (!named[i] || !key.key.ok()) continue;
    index_of[i] = requirement.keys.size();
    requirement.keys.push_back(*key.key);
    requirement.key_names.push_back(key.name);
  }
  return index_of;
}

// What of the rule cannot be used.
void AddBroken(const ImagePolicy& policy, const Rule& rule, DistinctList<std::string>& broken) {
  for (const size_t index : rule.keys) {
    const PolicyKey& key = policy.keys()[index];
    if (key.key.ok()) continue;
    broken.Add(absl::StrCat("key ", base::Quoted(key.name), ": ", key.key.status().message()));
  }
  for (const std::string& name : rule.unknown_keys) {
    broken.Add(absl::StrCat("key ", base::Quoted(name), ": the policy has no key of this name"));
  }
  if (rule.keys.empty() && rule.unknown_keys.empty()) {
    broken.Add(absl::StrCat("pattern ", base::Quoted(rule.pattern.text()), ": it names no key"));
  }
}

Requirement RequirementOfUnmatched(const ImagePolicy& policy, bool allow_unmatched_images) {
  Requirement requirement;
  if (!policy.broken_patterns().empty()) {
    requirement.kind = Requirement::Kind::kImpossible;
    for (const std::string& pattern : policy.broken_patterns()) {
      requirement.broken.push_back(absl::StrCat("pattern ", pattern));
    }
  } else {
    requirement.kind = allow_unmatched_images ? Requirement::Kind::kUnmatchedAllowed
                                              : Requirement::Kind::kUnmatched;
  }
  return requirement;
}

Requirement RequirementOfRules(const ImagePolicy& policy, const std::vector<const Rule*>& rules) {
  Requirement requirement;
  const std::vector<std::optional<size_t>> index_of = AddUsableKeys(policy, rules, requirement);
  DistinctList<SecretName> secrets(requirement.secrets);
  DistinctList<std::string> broken(requirement.broken);
  for (const Rule* rule : rules) {
    Requirement::MatchedRule matched = {.pattern = rule->pattern.text(), .keys = {}};
    for (const size_t key : rule->keys) {
      if (index_of[key]) matched.keys.push_back(*index_of[key]);
    }
    requirement.rules.push_back(std::move(matched));
    if (rule->secret) secrets.Add(*rule->secret);
    AddBroken(policy, *rule, broken);
  }
  requirement.kind =
      requirement.keys.empty() ? Requirement::Kind::kImpossible : Requirement::Kind::kSignature;
  return requirement;
}

}  // namespace

std::optional<Requirement> RequirementForAnyImage(const ImagePolicy* policy,
                                                  std::string_view workload_namespace) {
  Requirement requirement;
  requirement.workload_namespace = std::string(workload_namespace);
  if (policy == nullptr) {
    requirement.kind = Requirement::Kind::kNoPolicy;
    return requirement;
  }
  if (policy->ExcludesNamespace(workload_namespace)) {
    requirement.kind = Requirement::Kind::kExcludedNamespace;
    return requirement;
  }
  return std::nullopt;
}

Requirement RequirementFor(const ImagePolicy* policy, bool allow_unmatched_images,
                           std::string_view workload_namespace, const oci::ImageReference& image) {
  if (auto any = RequirementForAnyImage(policy, workload_namespace)) return *std::move(any);
  const std::vector<const Rule*> rules = MatchingRules(*policy, image);
  Requirement requirement = rules.empty() ? RequirementOfUnmatched(*policy, allow_unmatched_images)
                                          : RequirementOfRules(*policy, rules);
  requirement.workload_namespace = std::string(workload_namespace);
  return requirement;
}

}  // namespace countersign::policy
