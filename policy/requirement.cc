#include "policy/requirement.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "policy/remap.h"
#include "policy/sign_demand.h"
#include "policy/sigstore_demand.h"

namespace countersign::policy {
namespace {

bool IsDenied(const Demand& demand) {
  return demand.applicability == Applicability::kImpossible ||
         demand.applicability == Applicability::kUnmatched;
}

bool IsAsked(const Demand& demand) { return demand.applicability == Applicability::kAsked; }

bool AwaitsDigest(const Demand& demand) { return IsAsked(demand) && demand.AwaitsDigest(); }

// What of a demand evidence decides.
void AddAsked(const Demand& demand, std::vector<Asked>& asked) {
  if (demand.language == Language::kSign) {
    absl::c_move(AskedBy(demand.UsableAuthorities()), std::back_inserter(asked));
    return;
  }
  for (const Clause& clause : demand.clauses) {
    if (clause.Stands() != Standing::kOpen) continue;
    for (const Selected& selected : clause.any_of) {
      if (StandingOf(selected) != Standing::kOpen) continue;
      for (const AuthorityPtr& authority : selected.policy->authorities) {
        if (!authority->IsUsable()) continue;
        const Authority* const one = authority.get();
        for (Asked& ask : AskedBy(absl::MakeConstSpan(&one, 1))) {
          ask.is_told_apart = true;
          asked.push_back(std::move(ask));
        }
      }
    }
  }
}

// By the names under which images are signed that policies say.
absl::flat_hash_map<const Authority*, EvidenceSourcePtr> RemappedSources(
    const std::vector<Demand>& demands, const oci::Repository& image) {
  absl::flat_hash_map<const Authority*, EvidenceSourcePtr> sources;
  for (const Demand& demand : demands) {
    for (const Policy* policy : demand.Matching()) {
      if (policy->terms == nullptr || policy->terms->remaps.empty()) continue;
      const std::optional<oci::Repository> signed_as = RemappedTo(policy->terms->remaps, image);
      if (!signed_as.has_value()) continue;
      for (const AuthorityPtr& authority : policy->authorities) {
        // Who says where his evidence is, has said it.
        const EvidenceSourcePtr& own = authority->source;
        if (own != nullptr && (own->repository.has_value() || own->registry.has_value())) continue;
        EvidenceSource source = {.repository = signed_as};
        if (own != nullptr) source.tag_prefix = own->tag_prefix;
        sources[authority.get()] = std::make_shared<const EvidenceSource>(std::move(source));
      }
    }
  }
  return sources;
}

// As Requirement::sources has them.
std::vector<EvidenceSourcePtr> SourcesOf(const std::vector<Asked>& asked,
                                         const std::vector<Demand>& demands,
                                         const oci::Repository& image) {
  const auto remapped = RemappedSources(demands, image);
  std::vector<EvidenceSourcePtr> sources;
  for (size_t i = 0; i < asked.size(); ++i) {
    const auto known = remapped.find(asked[i].authority);
    EvidenceSourcePtr source =
        SourceFor(known == remapped.end() ? asked[i].authority->source : known->second, image);
    if (source == nullptr) continue;
    sources.resize(asked.size());
    sources[i] = std::move(source);
  }
  return sources;
}

bool IsForAttestation(const Asked& asked) { return asked.predicate_type.has_value(); }

// Stages of the places in one source, for what is kept there.
std::vector<LookPlan::Stage> StagesIn(const EvidenceSourcePtr& source,
                                      const std::vector<Asked>& asked) {
  LookPlan::Stage tags;
  if (!absl::c_all_of(asked, IsForAttestation)) {
    tags.push_back(PlaceIn(source, Place::kSignatureTag));
  }
  if (absl::c_any_of(asked, IsForAttestation)) {
    tags.push_back(PlaceIn(source, Place::kAttestationTag));
  }
  return {std::move(tags), {PlaceIn(source, Place::kReferrers)}};
}

LookPlan PlanInSources(const std::vector<Asked>& asked,
                       const std::vector<EvidenceSourcePtr>& sources) {
  const SourceGroups found = GroupSources(sources);
  LookPlan plan = {.is_cut_short = found.are_more};
  for (const SourceGroup& group : found.groups) {
    std::vector<Asked> members;
    for (const size_t i : group.members) members.push_back(asked[i]);
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
LookPlan PlanFor(const Requirement& requirement) {
  if (absl::c_none_of(requirement.demands, IsAsked) ||
      absl::c_any_of(requirement.demands, IsDenied)) {
    return {};
  }
  // The image's tag is resolved, and no place is looked at.
  if (requirement.awaits_digest) return {.stages = {{}}};
  if (!requirement.sources.empty()) return PlanInSources(requirement.asked, requirement.sources);
  return {.stages = StagesIn(nullptr, requirement.asked)};
}

// What there is to be said of the terms of those that ask.
void AddTerms(const Policies& in_force, Requirement& requirement) {
  for (const Demand& demand : requirement.demands) {
    for (const Clause& clause : demand.clauses) {
      absl::StrAppend(&requirement.selection, clause.mode == Mode::kWarn ? "w" : "e");
      for (const Selected& selected : clause.any_of) {
        const Policy& policy = *selected.policy;
        absl::StrAppend(&requirement.selection, " ", &policy - in_force.all().data(),
                        selected.awaits_digest         ? "d"
                        : selected.only_by_claimed_tag ? "t"
                                                       : "");
        if (policy.terms == nullptr) continue;
        requirement.platforms = std::max(requirement.platforms, policy.terms->platforms);
        if (clause.mode == Mode::kEnforce && policy.terms->requires_pinning) {
          requirement.requires_pinning = true;
        }
      }
      absl::StrAppend(&requirement.selection, ";");
    }
    const int no_match = demand.no_match.has_value() ? static_cast<int>(*demand.no_match) : -1;
    absl::StrAppend(&requirement.selection, no_match, "/");
  }
}

}  // namespace

std::optional<Requirement> RequirementForAnyImage(const PoliciesPtr& in_force,
                                                  const Workload& workload) {
  Requirement requirement = {.workload_namespace = workload.workload_namespace};
  if (in_force == nullptr) return requirement;
  std::optional<Demand> sign = SignDemandForAnyImage(*in_force, workload);
  if (!sign.has_value()) return std::nullopt;
  requirement.demands.push_back(*std::move(sign));
  if (!in_force->sigstore_rules().has_value()) return requirement;
  std::optional<Demand> sigstore = SigstoreDemandForAnyImage(*in_force, workload);
  if (!sigstore.has_value()) return std::nullopt;
  requirement.demands.push_back(*std::move(sigstore));
  return requirement;
}

Requirement RequirementFor(const PoliciesPtr& in_force, const Workload& workload,
                           const oci::ImageReference& image,
                           const std::optional<oci::Digest>& resolved) {
  if (auto any = RequirementForAnyImage(in_force, workload)) return *std::move(any);
  Requirement requirement = {
      .workload_namespace = workload.workload_namespace, .in_force = in_force, .now = workload.now};
  std::optional<Demand> sign = SignDemandForAnyImage(*in_force, workload);
  if (!sign.has_value()) sign = SignDemand(*in_force, workload, in_force->Matching(image));
  requirement.demands.push_back(*std::move(sign));
  if (in_force->sigstore_rules().has_value()) {
    std::optional<Demand> sigstore = SigstoreDemandForAnyImage(*in_force, workload);
    if (!sigstore.has_value()) {
      sigstore = SigstoreDemand(*in_force, workload, in_force->Selecting(image, resolved));
    }
    requirement.demands.push_back(*std::move(sigstore));
  }
  AddTerms(*in_force, requirement);
  // What was asked of one digest is worth nothing of what the tag means next.
  requirement.requires_pinning = requirement.requires_pinning || resolved.has_value();
  if (absl::c_any_of(requirement.demands, AwaitsDigest)) {
    // Which of the manifests of its index matter is asked with the rest.
    requirement.awaits_digest = true;
    requirement.platforms = Platforms::kIndex;
  } else {
    for (const Demand& demand : requirement.demands) {
      if (IsAsked(demand)) AddAsked(demand, requirement.asked);
    }
    requirement.sources = SourcesOf(requirement.asked, requirement.demands, image.repository());
  }
  requirement.plan = PlanFor(requirement);
  return requirement;
}

bool Requirement::MayDenyByEvidence() const {
  return absl::c_any_of(demands, [](const Demand& demand) {
    return IsAsked(demand) && absl::c_any_of(demand.clauses, [](const Clause& clause) {
             return clause.mode == Mode::kEnforce && clause.Stands() == Standing::kOpen;
           });
  });
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
  const auto add = [&](const SecretReference& secret) {
    if (seen.insert(secret).second) secrets.push_back(secret);
  };
  for (const Policy* policy : Matching()) {
    if (policy->secret.has_value()) add(*policy->secret);
    if (workload_namespace.empty()) continue;
    for (const AuthorityPtr& authority : policy->authorities) {
      for (const std::string& name : authority->pull_secrets) {
        add({.secret_namespace = workload_namespace, .name = name});
      }
    }
  }
  return secrets;
}

}  // namespace countersign::policy
