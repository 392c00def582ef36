#include "verifier/serving/policy_validation.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "policy/compiled.h"
#include "policy/policy_identity.h"
#include "policy/sign_warnings.h"
#include "proto/limits.h"
#include "proto/policy_kind.h"

namespace countersign::verifier {
namespace {

// The same said to those who see the contract alone.
static_assert(v1::kPolicyGroup == policy::kPolicyGroup && v1::kPolicyKind == policy::kPolicyKind);

// "..." follows what is cut.
constexpr size_t kMaxMessageBytes = v1::kMaxProblemBytes - 3;

}  // namespace

absl::StatusOr<v1::ValidatePolicyResponse> ValidatePolicy(
    const v1::ValidatePolicyRequest& request) {
  const absl::StatusOr<base::Json> object =
      base::ParseJson(request.policy_json(), {.max_bytes = v1::kMaxPolicyBytes});
  if (!object.ok()) return base::Annotate("policy_json", object.status());
  const policy::Compiled compiled = policy::CompilePolicies({.sign = {&*object}});
  const std::vector<policy::Problem>& problems = compiled.sign.front().problems;

  v1::ValidatePolicyResponse response;
  const size_t listed = std::min<size_t>(problems.size(), v1::kMaxProblems);
  for (size_t i = 0; i < listed; ++i) {
    const policy::Problem& problem = problems[i];
    v1::PolicyProblem* const listed_problem = response.add_problems();
    listed_problem->set_path(problem.pointer);
    listed_problem->set_message(base::Printable(problem.reason, kMaxMessageBytes));
  }
  response.set_problems_left_out(static_cast<uint32_t>(problems.size() - listed));
  for (const std::string& warning : policy::SignWarnings(compiled)) {
    if (response.warnings_size() == v1::kMaxWarnings) break;
    response.add_warnings(warning);
  }
  return response;
}

}  // namespace countersign::verifier
