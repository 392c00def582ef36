#include "policy/requirement.h"

#include <cstddef>
#include <iterator>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "policy/sign_demand.h"

namespace countersign::policy {
namespace {

bool Denies(const Demand& demand) {
  return demand.applicability == Applicability::kImpossible ||
         demand.applicability == Applicability::kUnmatched;
}

// As Requirement::sources has them.
std::vector<EvidenceSourcePtr> SourcesOf(const std::vector<const Authority*>& authorities,
                                         const oci::Repository& image) {
  std::vector<EvidenceSourcePtr> sources;
  for (size_t i = 0; i < authorities.size(); ++i) {
    EvidenceSourcePtr source = SourceFor(authorities[i]->source, image);
    if (source == nullptr) continue;
    sources.resize(authorities.size());
    sources[i] = std::move(source);
  }
  return sources;
}

// Stages of the places in one source, for those who keep their evidence there.
std::vector<LookPlan::Stage> StagesIn(const EvidenceSourcePtr& source,
                                      const std::vector<const Authority*>& authorities) {
  LookPlan::Stage tags;
  if (!absl::c_all_of(authorities, AsksForAttestation)) {
    tags.push_back(PlaceIn(source, Place::kSignatureTag));
  }
  if (absl::c_any_of(authorities, AsksForAttestation)) {
    tags.push_back(PlaceIn(source, Place::kAttestationTag));
  }
  return {std::move(tags), {PlaceIn(source, Place::kReferrers)}};
}

LookPlan PlanInSources(const std::vector<const Authority*>& authorities,
                       const std::vector<EvidenceSourcePtr>& sources) {
  const SourceGroups found = GroupSources(sources);
  LookPlan plan = {.is_cut_short = found.are_more};
  for (const SourceGroup& group : found.groups) {
    std::vector<const Authority*> members;
    for (const size_t i : group.members) members.push_back(authorities[i]);
    const std::vector<LookPlan::Stage> stages = StagesIn(group.source, members);
    plan.stages.resize(stages.size());
    for (size_t i = 0; i < stages.size(); ++i) {
      for (const Place& place : stages[i]) {
        if (!absl::c_linear_search(plan.stages[i], place)) plan.stages[i].push_back(place);
      }
    }
  }
  return plan;
}

// Nothing is looked at for what is denied anyhow. Most images have their signatures under the tag,
// which is one request, and so it is with attestations; what refers to them is two at least.
LookPlan PlanFor(const std::vector<Demand>& demands,
                 const std::vector<const Authority*>& authorities,
                 const std::vector<EvidenceSourcePtr>& sources) {
  const bool is_asked = absl::c_any_of(
      demands, [](const Demand& demand) { return demand.applicability == Applicability::kAsked; });
  if (!is_asked || absl::c_any_of(demands, Denies)) return {};
  if (!sources.empty()) return PlanInSources(authorities, sources);
  return {.stages = StagesIn(nullptr, authorities)};
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
  requirement.sources = SourcesOf(requirement.authorities, image.repository());
  requirement.plan = PlanFor(requirement.demands, requirement.authorities, requirement.sources);
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
