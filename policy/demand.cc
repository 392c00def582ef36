#include "policy/demand.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <variant>

#include "absl/algorithm/container.h"
#include "absl/container/btree_map.h"

namespace countersign::policy {

Standing StandingOf(const Selected& selected) {
  if (selected.awaits_digest) return Standing::kOpen;
  const Policy& policy = *selected.policy;
  if (policy.terms != nullptr && policy.terms->broken.has_value()) return Standing::kImpossible;
  const size_t needed = policy.Threshold();
  size_t passing = 0;
  size_t open = 0;
  for (const AuthorityPtr& authority : policy.authorities) {
    if (authority->IsUsable()) ++open;
    const auto* const answer = std::get_if<StaticAnswer>(&authority->asks);
    if (answer != nullptr && answer->passes && !selected.only_by_claimed_tag) ++passing;
  }
  if (passing >= needed) return Standing::kSatisfied;
  return passing + open >= needed ? Standing::kOpen : Standing::kImpossible;
}

Standing Clause::Stands() const {
  Standing best = Standing::kImpossible;
  for (const Selected& selected : any_of) best = std::max(best, StandingOf(selected));
  return best;
}

std::vector<const Policy*> Demand::Matching() const {
  std::vector<const Policy*> matching;
  for (const Clause& clause : clauses) {
    for (const Selected& selected : clause.any_of) matching.push_back(selected.policy);
  }
  return matching;
}

bool Demand::AwaitsDigest() const {
  return absl::c_any_of(clauses, [](const Clause& clause) {
    return absl::c_any_of(clause.any_of,
                          [](const Selected& selected) { return selected.awaits_digest; });
  });
}

std::vector<const Authority*> Demand::UsableAuthorities() const {
  absl::btree_map<std::pair<size_t, size_t>, const Authority*> usable;
  for (const Policy* policy : Matching()) {
    for (const AuthorityPtr& authority : policy->authorities) {
      if (!authority->IsUsable()) continue;
      usable.emplace(std::pair(policy->group, authority->index), authority.get());
    }
  }
  std::vector<const Authority*> list;
  list.reserve(usable.size());
  for (const auto& [index, authority] : usable) list.push_back(authority);
  return list;
}

}  // namespace countersign::policy
