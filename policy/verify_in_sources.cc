#include "policy/verify_in_sources.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "policy/asked.h"
#include "policy/evidence_source.h"
#include "policy/look_plan.h"

namespace countersign::policy {
namespace {

// Those of the items that are kept in one source.
struct ItemsInSource {
  Items items;
  std::vector<size_t> indexes;  // of these among all items
};

ItemsInSource FindItemsIn(const EvidenceSourcePtr& source, const Evidence& evidence) {
  ItemsInSource found;
  size_t first = 0;
  for (const PlaceItems& here : evidence.by_place) {
    if (here.place == PlaceIn(source, here.place.kind)) {
      absl::c_copy(here.items, std::back_inserter(found.items));
      for (size_t i = 0; i < here.items.size(); ++i) found.indexes.push_back(first + i);
    }
    first += here.items.size();
  }
  return found;
}

// What comes of those who keep their evidence in one source, with the indexes that they have among
// all.
Verification VerifyInSource(const Requirement& requirement, const SourceGroup& group,
                            const Evidence& evidence, Prove prove) {
  std::vector<Asked> asked;
  for (const size_t i : group.members) asked.push_back(requirement.asked[i]);
  const ItemsInSource found = FindItemsIn(group.source, evidence);
  Verification result = VerifyItems(found.items, evidence.digest, asked, prove, requirement.now);
  for (VerifiedItem& verified : result.verified) {
    verified.signer = group.members[verified.signer];
    verified.item = found.indexes[verified.item];
  }
  std::map<size_t, ToldApart> told_apart;
  for (auto& [i, told] : result.told_apart) {
    told_apart.emplace(group.members[i], std::move(told));
  }
  result.told_apart = std::move(told_apart);
  return result;
}

}  // namespace

Verification VerifyInSources(const Requirement& requirement, const Evidence& evidence,
                             Prove prove) {
  Verification result;
  for (const SourceGroup& group : GroupSources(requirement.sources).groups) {
    Verification here = VerifyInSource(requirement, group, evidence, prove);
    absl::c_move(here.verified, std::back_inserter(result.verified));
    absl::c_move(here.failures, std::back_inserter(result.failures));
    result.told_apart.merge(here.told_apart);
    result.others += here.others;
    result.may_be_more_others = result.may_be_more_others || here.may_be_more_others;
    result.stopped = here.stopped;
    if (!result.stopped.ok()) break;
  }
  std::sort(result.verified.begin(), result.verified.end(),
            [](const VerifiedItem& a, const VerifiedItem& b) { return a.signer < b.signer; });
  if (!result.verified.empty()) {
    result.failures.clear();
    result.others = 0;
    result.may_be_more_others = false;
  }
  return result;
}

}  // namespace countersign::policy
