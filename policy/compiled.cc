#include "policy/compiled.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/json_place.h"
#include "policy/policy_identity.h"
#include "policy/sign_policy.h"
#include "policy/step_budget.h"

namespace countersign::policy {
namespace {

Acceptance AcceptanceOf(const base::Json& object, const SignPolicy& policy, size_t count) {
  // Before anything else, so that a policy that was misnamed is not taken for no policy.
  if (IsMisnamed(base::JsonPlace(object))) return Acceptance::kWrongName;
  if (count > 1) return Acceptance::kNotTheOnlyOne;
  if (policy.fault.has_value()) return Acceptance::kInvalid;
  return policy.problems.empty() ? Acceptance::kWhole : Acceptance::kPartly;
}

bool IsUsed(const CompiledObject& object) {
  return object.acceptance == Acceptance::kPartly || object.acceptance == Acceptance::kWhole;
}

}  // namespace

Compiled CompilePolicies(const PolicyObjects& objects) {
  Compiled compiled;
  std::vector<Group> groups;
  std::vector<Policy> policies;
  StepBudget steps(kPatternSteps);
  for (const base::Json* const json : objects.sign) {
    SignPolicy policy = ReadSignPolicy(*json, steps);
    CompiledObject& object = compiled.sign.emplace_back();
    object.acceptance = AcceptanceOf(*json, policy, objects.sign.size());
    object.problems = std::move(policy.problems);
    object.fault = std::move(policy.fault);
    if (!object.fault.has_value()) {
      object.keys = policy.group.authorities.size();
      object.patterns = policy.policies.size() + policy.group.broken_patterns.size();
    }
    if (!IsUsed(object)) continue;
    for (Policy& one : policy.policies) {
      one.group = groups.size();
      policies.push_back(std::move(one));
    }
    groups.push_back(std::move(policy.group));
  }
  if (std::all_of(compiled.sign.begin(), compiled.sign.end(), IsUsed)) {
    compiled.policies = std::make_shared<const Policies>(std::move(groups), std::move(policies));
  }
  return compiled;
}

}  // namespace countersign::policy
