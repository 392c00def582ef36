#include "verifier/serving/policy_validation.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
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
constexpr std::string_view kCut = "...";
constexpr size_t kMaxMessageBytes = v1::kMaxProblemBytes - kCut.size();
constexpr size_t kMaxPolicyControllerBytes = v1::kMaxPolicyControllerMessageBytes - kCut.size();

// Whether it is one of the objects that are judged, but for the Sign policy.
bool IsReviewed(const base::Json& object) {
  const std::string version = base::FindString(object, "apiVersion");
  const size_t slash = version.find('/');
  const std::string group = slash == std::string::npos ? "" : version.substr(0, slash);
  const std::string kind = base::FindString(object, "kind");
  return group != v1::kPolicyGroup &&
         absl::c_any_of(v1::kJudgedKinds, [&](const v1::JudgedKind& judged) {
           return judged.group == group && judged.kind == kind;
         });
}

std::string WarningOf(const policy::Problem& problem) {
  return problem.pointer.empty() ? problem.reason
                                 : absl::StrCat(problem.pointer, ": ", problem.reason);
}

PolicyValidation ValidateSign(const base::Json& object) {
  policy::Compiled compiled = policy::CompilePolicies({.sign = {&object}});
  PolicyValidation validation = {.warnings = policy::SignWarnings(compiled)};
  validation.problems = std::move(compiled.sign.front().problems);
  return validation;
}

// With each line printable; what is longer is cut, and "..." follows.
std::string PrintableLines(std::string_view text, size_t max_bytes) {
  std::string lines;
  for (const std::string_view line : absl::StrSplit(text, '\n')) {
    if (lines.size() >= max_bytes) break;
    if (!lines.empty()) lines += '\n';
    lines += base::Printable(line, max_bytes - lines.size());
  }
  return lines;
}

}  // namespace

PolicyValidation Validate(const base::Json& object, SigstoreReview review) {
  if (!IsReviewed(object)) return ValidateSign(object);
  policy::ReviewedObject reviewed = review(object);
  PolicyValidation validation = {
      .problems = std::move(reviewed.problems),
      .policy_controller_message = std::move(reviewed.policy_controller_message)};
  // That there are none says that it is acceptable.
  if (validation.problems.empty() && !validation.policy_controller_message.empty()) {
    validation.problems.push_back({"", "is not valid"});
  }
  for (const policy::Problem& warning : reviewed.warnings) {
    validation.warnings.push_back(WarningOf(warning));
  }
  return validation;
}

absl::StatusOr<v1::ValidatePolicyResponse> ValidatePolicy(const v1::ValidatePolicyRequest& request,
                                                          SigstoreReview review) {
  const absl::StatusOr<base::Json> object =
      base::ParseJson(request.policy_json(), {.max_bytes = v1::kMaxPolicyBytes});
  if (!object.ok()) return base::Annotate("policy_json", object.status());
  const PolicyValidation validation = Validate(*object, review);

  v1::ValidatePolicyResponse response;
  const size_t listed = std::min<size_t>(validation.problems.size(), v1::kMaxProblems);
  for (size_t i = 0; i < listed; ++i) {
    const policy::Problem& problem = validation.problems[i];
    v1::PolicyProblem* const listed_problem = response.add_problems();
    listed_problem->set_path(base::Printable(problem.pointer, kMaxMessageBytes));
    listed_problem->set_message(base::Printable(problem.reason, kMaxMessageBytes));
  }
  response.set_problems_left_out(static_cast<uint32_t>(validation.problems.size() - listed));
  for (const std::string& warning : validation.warnings) {
    if (response.warnings_size() == v1::kMaxWarnings) break;
    response.add_warnings(PrintableLines(warning, kMaxMessageBytes));
  }
  response.set_policy_controller_message(
      PrintableLines(validation.policy_controller_message, kMaxPolicyControllerBytes));
  return response;
}

}  // namespace countersign::verifier
