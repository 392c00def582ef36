#include "policy/sign_demand.h"

#include <utility>

#include "absl/algorithm/container.h"

namespace countersign::policy {
namespace {

bool HasUsableAuthority(const Selected& selected) {
  return absl::c_any_of(selected.policy->authorities,
                        [](const AuthorityPtr& authority) { return authority->IsUsable(); });
}

bool HasBrokenPatterns(const Policies& in_force) {
  return absl::c_any_of(in_force.groups(), [](const Group& group) {
    return group.language == Language::kSign && !group.broken_patterns.empty();
  });
}

}  // namespace

std::optional<Demand> SignDemandForAnyImage(const Policies& in_force, const Workload& workload) {
  bool is_there = false;
  for (const Group& group : in_force.groups()) {
    if (group.language != Language::kSign) continue;
    is_there = true;
    if (group.excluded_namespaces.contains(workload.workload_namespace)) {
      return Demand{.language = Language::kSign,
                    .applicability = Applicability::kExcludedNamespace};
    }
  }
  if (is_there) return std::nullopt;
  return Demand{.language = Language::kSign, .applicability = Applicability::kNoPolicy};
}

Demand SignDemand(const Policies& in_force, const Workload& workload,
                  const std::vector<const Policy*>& matching) {
  Demand demand = {.language = Language::kSign};
  Clause clause;
  for (const Policy* policy : matching) {
    if (policy->language == Language::kSign) clause.any_of.push_back(policy);
  }
  if (!clause.any_of.empty()) {
    if (absl::c_any_of(clause.any_of, HasUsableAuthority)) {
      demand.applicability = Applicability::kAsked;
    }
    demand.clauses.push_back(std::move(clause));
  } else if (!HasBrokenPatterns(in_force)) {
    demand.applicability = workload.allow_unmatched_images ? Applicability::kUnmatchedAllowed
                                                           : Applicability::kUnmatched;
  }
  return demand;
}

}  // namespace countersign::policy
