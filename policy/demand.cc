#include "policy/demand.h"

#include <cstddef>
#include <utility>

#include "absl/container/btree_map.h"

namespace countersign::policy {

std::vector<const Policy*> Demand::Matching() const {
  std::vector<const Policy*> matching;
  for (const Clause& clause : clauses) {
    matching.insert(matching.end(), clause.any_of.begin(), clause.any_of.end());
  }
  return matching;
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
