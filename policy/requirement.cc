#include "policy/requirement.h"

#include <iterator>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "policy/sign_demand.h"

namespace countersign::policy {
namespace {

bool Denies(const Demand& demand) {
  return demand.standing == Standing::kImpossible || demand.standing == Standing::kUnmatched;
}

bool AsksForAttestation(const Authority* authority) {
  return authority->predicate_type.has_value();
}

// Nothing is looked at for what is denied anyhow. Most images have their signatures under the tag,
// which is one request, and so it is with attestations; what refers to them is two at least.
LookPlan PlanFor(const std::vector<Demand>& demands,
                 const std::vector<const Authority*>& authorities) {
  const bool is_asked = absl::c_any_of(
      demands, [](const Demand& demand) { return demand.standing == Standing::kAsked; });
  if (!is_asked || absl::c_any_of(demands, Denies)) return {};
  LookPlan::Stage tags;
  if (!absl::c_all_of(authorities, AsksForAttestation)) tags.push_back(Place::kSignatureTag);
  if (absl::c_any_of(authorities, AsksForAttestation)) tags.push_back(Place::kAttestationTag);
  return {.stages = {std::move(tags), {Place::kReferrers}}};
}

}  // namespace

std::optional<Requirement> RequirementForAnyImage(const PoliciesPtr& in_force,
                                                  const Workload& workload) {
  Requirement requirement = {.workload_namespace = workload.workload_namespace};
  if (in_force == nullptr) return requirement;
  std::optional<Demand> sign = SignDemandForAnyImage(*in_force, workload);
  if (!sign.has_value()) return std::nullopt;
  requirement.demands.push_back(*std::move(sign));
  return requirement;
}

Requirement RequirementFor(const PoliciesPtr& in_force, const Workload& workload,
                           const oci::ImageReference& image) {
  if (auto any = RequirementForAnyImage(in_force, workload)) return *std::move(any);
  Requirement requirement = {.workload_namespace = workload.workload_namespace,
                             .in_force = in_force};
  requirement.demands.push_back(SignDemand(*in_force, workload, in_force->Matching(image)));
  for (const Demand& demand : requirement.demands) {
    absl::c_move(demand.UsableAuthorities(), std::back_inserter(requirement.authorities));
  }
  requirement.plan = PlanFor(requirement.demands, requirement.authorities);
  return requirement;
}

std::vector<const Policy*> Requirement::Matching() const {
  std::vector<const Policy*> matching;
  for (const Demand& demand : demands) {
    absl::c_move(demand.Matching(), std::back_inserter(matching));
  }
  return matching;
}

std::vector<SecretReference> Requirement::Secrets() const {
  std::vector<SecretReference> secrets;
  absl::flat_hash_set<SecretReference> seen;
  for (const Policy* policy : Matching()) {
    if (!policy->secret.has_value()) continue;
    if (seen.insert(*policy->secret).second) secrets.push_back(*policy->secret);
  }
  return secrets;
}

}  // namespace countersign::policy
