#include "policy/examination.h"

#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "base/not_now.h"
#include "policy/asked.h"

namespace countersign::policy {
namespace {

// Of the first item that could not be read at this time, but may be the next; OK if there is none.
absl::Status FirstNotNow(const Items& items) {
  for (const absl::StatusOr<cosign::ItemPtr>& item : items) {
    if (base::IsNotNow(item.status())) return item.status();
  }
  return absl::OkStatus();
}

// Who made one of the items at least.
using Proven = absl::flat_hash_set<const Authority*>;

Proven ProvenBy(const Requirement& requirement, const Examination& examination) {
  Proven proven;
  for (const VerifiedItem& verified : examination.verification.verified) {
    proven.insert(requirement.authorities[verified.signer]);
  }
  return proven;
}

bool IsSatisfied(const Policy& policy, const Proven& proven) {
  return absl::c_any_of(policy.authorities, [&proven](const AuthorityPtr& authority) {
    return proven.contains(authority.get());
  });
}

bool IsSatisfied(const Demand& demand, const Proven& proven) {
  if (demand.standing != Standing::kAsked || demand.clauses.empty()) return false;
  return absl::c_all_of(demand.clauses, [&proven](const Clause& clause) {
    return absl::c_any_of(clause.any_of,
                          [&proven](const Policy* policy) { return IsSatisfied(*policy, proven); });
  });
}

}  // namespace

Examination Examine(const Requirement& requirement, const Evidence& evidence, Prove prove) {
  const Items items = evidence.AllItems();
  return {
      .digest = evidence.digest,
      .items = items.size(),
      .verification = VerifyItems(items, evidence.digest, AskedBy(requirement.authorities), prove),
      .not_now = FirstNotNow(items),
      .how = evidence.how};
}

bool Holds(const Requirement& requirement, const Demand& demand, const Examination& examination) {
  return IsSatisfied(demand, ProvenBy(requirement, examination));
}

bool Holds(const Requirement& requirement, const Examination& examination) {
  if (!requirement.NeedsEvidence()) return false;
  const Proven proven = ProvenBy(requirement, examination);
  return absl::c_all_of(requirement.demands, [&proven](const Demand& demand) {
    return demand.standing != Standing::kAsked || IsSatisfied(demand, proven);
  });
}

std::vector<const Policy*> Satisfied(const Requirement& requirement,
                                     const Examination& examination) {
  const Proven proven = ProvenBy(requirement, examination);
  std::vector<const Policy*> satisfied = requirement.Matching();
  std::erase_if(satisfied,
                [&proven](const Policy* policy) { return !IsSatisfied(*policy, proven); });
  return satisfied;
}

}  // namespace countersign::policy
