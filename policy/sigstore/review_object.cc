#include "policy/sigstore/review_object.h"

#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "policy/sigstore/check.h"
#include "policy/sigstore/field_errors.h"
#include "policy/sigstore/image_policy.h"
#include "policy/sigstore/policy_options.h"
#include "policy/sigstore/settings.h"
#include "policy/sigstore/trust_root.h"
#include "policy/sigstore/validate.h"

namespace countersign::policy {
namespace {

// "/spec/authorities/0/key/data" of "spec.authorities[0].key.data".
std::string PointerOf(std::string_view path) {
  std::string pointer = "/";
  for (const char c : path) {
    if (c == '.' || c == '[') {
      pointer += '/';
    } else if (c != ']') {
      pointer += c;
    }
  }
  return pointer;
}

// A problem for each place of an error.
void AddProblems(std::string_view message, const std::vector<std::string>& paths,
                 std::string_view details, std::vector<Problem>& problems) {
  const std::string reason =
      details.empty() ? std::string(message) : absl::StrCat(message, ": ", details);
  if (paths.empty()) problems.push_back({"", reason});
  for (const std::string& path : paths) problems.push_back({PointerOf(path), reason});
}

ReviewedObject ReviewImagePolicy(const base::Json& object) {
  const ImagePolicy policy = ReadImagePolicy(object);
  ReviewedObject review = {.problems = policy.problems};
  if (std::string refusal = DecodingRefusal(policy); !refusal.empty()) {
    review.policy_controller_message = std::move(refusal);
    return review;
  }
  const FieldErrors errors = Validate(policy);
  for (const FieldError& error : errors.Entries(ErrorLevel::kError)) {
    AddProblems(error.message, error.paths, error.details, review.problems);
  }
  for (const FieldError& error : errors.Entries(ErrorLevel::kWarning)) {
    AddProblems(error.message, error.paths, error.details, review.warnings);
  }
  review.policy_controller_message = errors.Refusal();
  for (const Finding& finding : Check(policy)) {
    (finding.refuses ? review.problems : review.warnings)
        .push_back({finding.pointer, finding.reason});
  }
  return review;
}

ReviewedObject ReviewTrustRoot(const base::Json& object) {
  ReviewedObject review;
  // What has expired since is used on, so it may be applied again.
  for (const TrustRootError& error : ValidateTrustRoot(object, absl::InfinitePast())) {
    AddProblems(error.message, error.paths, error.details, review.problems);
    absl::StrAppend(&review.policy_controller_message,
                    review.policy_controller_message.empty() ? "validation failed: " : "\n",
                    error.Text());
  }
  return review;
}

ReviewedObject ReviewOptions(const base::Json& object) {
  PolicyOptions options = ReadPolicyOptions(object, absl::InfinitePast());
  return {.problems = std::move(options.problems), .warnings = std::move(options.warnings)};
}

ReviewedObject ReviewSettings(const base::Json& object) {
  ReviewedObject review;
  const absl::StatusOr<ControllerSettings> settings = ReadControllerSettings(object);
  if (!settings.ok()) {
    const std::optional<base::JsonFault> fault = base::FaultOf(settings.status());
    review.problems.push_back(
        fault.value_or(Problem{"", std::string(settings.status().message())}));
    return review;
  }
  if (!settings->unknown_no_match.empty()) {
    review.warnings.push_back({"/data/no-match-policy",
                               absl::StrCat(base::Quoted(settings->unknown_no_match),
                                            " is none of deny, warn and allow, so it is deny")});
  }
  return review;
}

}  // namespace

ReviewedObject ReviewSigstoreObject(const base::Json& object) {
  const std::string kind = base::FindString(object, "kind");
  if (kind == "ClusterImagePolicy") return ReviewImagePolicy(object);
  if (kind == kTrustRootKind) return ReviewTrustRoot(object);
  if (kind == "PolicyOptions") return ReviewOptions(object);
  if (kind == "ConfigMap") return ReviewSettings(object);
  return {.problems = {{"/kind", "is none that is reviewed here"}}};
}

}  // namespace countersign::policy
