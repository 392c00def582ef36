#include "policy/examination.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "base/transient.h"
#include "policy/asked.h"
#include "policy/evidence_source.h"
#include "policy/look_plan.h"

namespace countersign::policy {
namespace {

// Of the first item that could not be read at this time, but may be the next; OK if there is none.
absl::Status FirstTransient(const Items& items) {
  for (const absl::StatusOr<cosign::ItemPtr>& item : items) {
    if (base::IsTransient(item.status())) return item.status();
  }
  return absl::OkStatus();
}

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
  std::map<size_t, std::vector<std::string>> told_apart;
  for (auto& [i, failures] : result.told_apart) {
    told_apart.emplace(group.members[i], std::move(failures));
  }
  result.told_apart = std::move(told_apart);
  return result;
}

// Each is asked about nothing but what is kept where it keeps its evidence: whoever may write to one
// source can neither speak for those of another nor fill it up.
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

// Who made an item of all that he is asked for.
using Proven = absl::flat_hash_set<const Authority*>;

Proven ProvenBy(const Requirement& requirement, const Examination& examination) {
  absl::flat_hash_set<size_t> verified;
  for (const VerifiedItem& one : examination.verification.verified) verified.insert(one.signer);
  Proven proven;
  for (const Asked& asked : requirement.asked) proven.insert(asked.authority);
  for (size_t i = 0; i < requirement.asked.size(); ++i) {
    if (!verified.contains(i)) proven.erase(requirement.asked[i].authority);
  }
  return proven;
}

bool IsSatisfied(const Selected& selected, const Proven& proven) {
  if (const Standing standing = StandingOf(selected); standing != Standing::kOpen) {
    return standing == Standing::kSatisfied;
  }
  size_t passing = 0;
  for (const AuthorityPtr& authority : selected.policy->authorities) {
    const auto* const answer = std::get_if<StaticAnswer>(&authority->asks);
    const bool passes = answer != nullptr ? answer->passes && !selected.only_by_claimed_tag
                                          : proven.contains(authority.get());
    if (passes) ++passing;
  }
  return passing >= selected.policy->Threshold();
}

bool IsSatisfied(const Clause& clause, const Proven& proven) {
  return absl::c_any_of(
      clause.any_of, [&proven](const Selected& selected) { return IsSatisfied(selected, proven); });
}

bool IsSatisfied(const Demand& demand, const Proven& proven) {
  if (demand.applicability != Applicability::kAsked || demand.clauses.empty()) return false;
  return absl::c_all_of(demand.clauses,
                        [&proven](const Clause& clause) { return IsSatisfied(clause, proven); });
}

}  // namespace

Examination Examine(const Requirement& requirement, const Evidence& evidence, Prove prove) {
  const Items items = evidence.AllItems();
  return {.digest = evidence.digest,
          .items = items.size(),
          .verification =
              requirement.sources.empty()
                  ? VerifyItems(items, evidence.digest, requirement.asked, prove, requirement.now)
                  : VerifyInSources(requirement, evidence, prove),
          .transient = FirstTransient(items),
          .how = evidence.how};
}

bool Holds(const Requirement& requirement, const Demand& demand, const Examination& examination) {
  return IsSatisfied(demand, ProvenBy(requirement, examination));
}

bool Holds(const Requirement& requirement, const Examination& examination) {
  if (!requirement.NeedsEvidence()) return false;
  const Proven proven = ProvenBy(requirement, examination);
  return absl::c_all_of(requirement.demands, [&proven](const Demand& demand) {
    return demand.applicability != Applicability::kAsked || IsSatisfied(demand, proven);
  });
}

bool Holds(const Requirement& requirement, const Clause& clause, const Examination& examination) {
  return IsSatisfied(clause, ProvenBy(requirement, examination));
}

bool Passes(const Requirement& requirement, const Authority& authority,
            const Examination& examination) {
  return ProvenBy(requirement, examination).contains(&authority);
}

std::vector<const Policy*> Satisfied(const Requirement& requirement,
                                     const Examination& examination) {
  const Proven proven = ProvenBy(requirement, examination);
  std::vector<const Policy*> satisfied;
  for (const Demand& demand : requirement.demands) {
    for (const Clause& clause : demand.clauses) {
      for (const Selected& selected : clause.any_of) {
        if (IsSatisfied(selected, proven)) satisfied.push_back(selected.policy);
      }
    }
  }
  return satisfied;
}

}  // namespace countersign::policy
