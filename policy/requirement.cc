#include "policy/requirement.h"

#include <cstddef>
#include <optional>
#include <utility>

#include "absl/container/btree_set.h"
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

std::vector<const PolicyKey*> UsableKeys(const ImagePolicy& policy,
                                         const std::vector<const Rule*>& rules) {
  absl::btree_set<size_t> named;
  for (const Rule* rule : rules) named.insert(rule->keys.begin(), rule->keys.end());
  std::vector<const PolicyKey*> usable;
  for (const size_t index : named) {
    if (policy.keys()[index].signer.ok()) usable.push_back(&policy.keys()[index]);
  }
  return usable;
}

// What of the rule cannot be used.
void AddBroken(const ImagePolicy& policy, const Rule& rule, DistinctList<std::string>& broken) {
  for (const size_t index : rule.keys) {
    const PolicyKey& key = policy.keys()[index];
    if (key.signer.ok()) continue;
    broken.Add(absl::StrCat("key ", base::Quoted(key.name), ": ", key.signer.status().message()));
  }
  for (const std::string& name : rule.unknown_keys) {
    broken.Add(absl::StrCat("key ", base::Quoted(name), ": the policy has no key of this name"));
  }
  if (rule.keys.empty() && rule.unknown_keys.empty()) {
    broken.Add(absl::StrCat("pattern ", base::Quoted(rule.pattern.text()), ": it names no key"));
  }
}

Requirement::Kind KindFor(const ImagePolicy& policy, bool allow_unmatched_images,
                          const Requirement& requirement) {
  using Kind = Requirement::Kind;
  if (!requirement.rules.empty()) {
    return requirement.keys.empty() ? Kind::kImpossible : Kind::kSignature;
  }
  if (!policy.broken_patterns().empty()) return Kind::kImpossible;
  return allow_unmatched_images ? Kind::kUnmatchedAllowed : Kind::kUnmatched;
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

Requirement RequirementFor(const PolicyPtr& policy, bool allow_unmatched_images,
                           std::string_view workload_namespace, const oci::ImageReference& image) {
  if (auto any = RequirementForAnyImage(policy.get(), workload_namespace)) return *std::move(any);
  Requirement requirement;
  requirement.workload_namespace = std::string(workload_namespace);
  requirement.policy = policy;
  requirement.rules = policy->RulesFor(image);
  requirement.keys = UsableKeys(*policy, requirement.rules);
  requirement.kind = KindFor(*policy, allow_unmatched_images, requirement);
  return requirement;
}

std::vector<SecretReference> Requirement::Secrets() const {
  std::vector<SecretReference> secrets;
  DistinctList<SecretReference> distinct(secrets);
  for (const Rule* rule : rules) {
    if (rule->secret) distinct.Add(*rule->secret);
  }
  return secrets;
}

std::vector<std::string> Requirement::Broken() const {
  std::vector<std::string> broken;
  if (policy == nullptr) return broken;
  DistinctList<std::string> distinct(broken);
  for (const Rule* rule : rules) AddBroken(*policy, *rule, distinct);
  if (rules.empty()) {
    for (const std::string& pattern : policy->broken_patterns()) {
      distinct.Add(absl::StrCat("pattern ", pattern));
    }
  }
  return broken;
}

}  // namespace countersign::policy
