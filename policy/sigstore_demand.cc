#include "policy/sigstore_demand.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/btree_map.h"
#include "policy/label_selector.h"

namespace countersign::policy {
namespace {

// Whether each clause that is enforced holds, can hold, or cannot.
Standing StandingOfAll(const std::vector<Clause>& clauses) {
  Standing worst = Standing::kSatisfied;
  for (const Clause& clause : clauses) {
    const Standing standing = clause.Stands();
    // A clause that only warns is looked at, too.
    if (clause.mode == Mode::kEnforce || standing == Standing::kOpen) {
      worst = std::min(worst, standing);
    }
  }
  return worst;
}

Applicability ApplicabilityOf(const Demand& demand) {
  const Standing standing = StandingOfAll(demand.clauses);
  if (standing == Standing::kImpossible) return Applicability::kImpossible;
  // One of those may yet cover the image.
  if (demand.AwaitsDigest()) return Applicability::kAsked;
  if (demand.no_match == NoMatchRule::kDeny) return Applicability::kUnmatched;
  if (demand.clauses.empty()) return Applicability::kUnmatchedAllowed;
  return standing == Standing::kOpen ? Applicability::kAsked : Applicability::kSatisfied;
}

// Whether it is not known if the policy asks in the workload's namespace, whose labels it selects by.
bool IsUnsure(const Terms& terms, const Workload& workload) {
  return terms.namespaces != nullptr && workload.namespace_labels == nullptr;
}

}  // namespace

Silence SilenceOf(const Terms& terms, const Workload& workload) {
  if (workload.now >= terms.effective_until) return Silence::kEnded;
  if (terms.namespaces != nullptr && workload.namespace_labels != nullptr &&
      !terms.namespaces->Matches(*workload.namespace_labels)) {
    return Silence::kNamespace;
  }
  if (terms.objects.empty() || !workload.object.has_value()) return Silence::kNone;
  const bool is_for_it = absl::c_any_of(terms.objects, [&workload](const ObjectMatch& match) {
    return match.Matches(*workload.object);
  });
  return is_for_it ? Silence::kNone : Silence::kObject;
}

Mode ModeAt(const Terms& terms, absl::Time now) {
  return now < terms.effective_from ? Mode::kWarn : terms.mode;
}

std::optional<Demand> SigstoreDemandForAnyImage(const Policies& in_force,
                                                const Workload& workload) {
  const auto demand = [](Applicability applicability) {
    return Demand{.language = Language::kSigstore, .applicability = applicability};
  };
  const std::optional<SigstoreRules>& rules = in_force.sigstore_rules();
  if (!rules.has_value()) return demand(Applicability::kNoPolicy);
  if (workload.namespace_labels == nullptr) {
    const bool are_any = absl::c_any_of(in_force.groups(), [](const Group& group) {
      return group.language == Language::kSigstore;
    });
    if (!are_any) return demand(Applicability::kNoPolicy);
  } else if (!rules->namespaces.Includes(*workload.namespace_labels)) {
    return demand(Applicability::kExcludedNamespace);
  }
  return std::nullopt;
}

Demand SigstoreDemand(const Policies& in_force, const Workload& workload,
                      const std::vector<Selection>& selecting) {
  Demand demand = {.language = Language::kSigstore};
  // A warning of one of a group's is not for all of it: those are clauses of their own. So is each of
  // which it is not known whether it asks: what it would let pass must not do for the others.
  absl::btree_map<std::pair<size_t, Mode>, size_t> clause_of;
  bool is_covered = false;
  for (const Selection& selection : selecting) {
    const Policy& policy = *selection.policy;
    if (policy.language != Language::kSigstore ||
        SilenceOf(*policy.terms, workload) != Silence::kNone) {
      continue;
    }
    const Mode mode = ModeAt(*policy.terms, workload.now);
    const bool is_unsure = selection.is_unsure || IsUnsure(*policy.terms, workload);
    // A tag that its author claims does not take the image from the no-match rule for a mere warning.
    const bool is_claimed_to_warn = selection.only_by_claimed_tag && mode == Mode::kWarn;
    is_covered = is_covered || (selection.covers && !is_unsure && !is_claimed_to_warn);
    Selected selected(&policy);
    selected.only_by_claimed_tag = selection.only_by_claimed_tag || is_unsure;
    selected.is_unsure = is_unsure;
    selected.awaits_digest = selection.awaits_digest;
    if (is_unsure) {
      demand.clauses.push_back({.any_of = {selected}, .mode = mode});
      continue;
    }
    const auto [known, is_new] = clause_of.try_emplace({policy.group, mode}, demand.clauses.size());
    if (is_new) demand.clauses.push_back({.any_of = {}, .mode = mode});
    demand.clauses[known->second].any_of.push_back(selected);
  }
  if (!is_covered) demand.no_match = in_force.sigstore_rules()->no_match;
  demand.applicability = ApplicabilityOf(demand);
  return demand;
}

}  // namespace countersign::policy
