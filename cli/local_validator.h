#ifndef COUNTERSIGN_CLI_LOCAL_VALIDATOR_H_
#define COUNTERSIGN_CLI_LOCAL_VALIDATOR_H_

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "base/trace_context.h"
#include "policy/sigstore/review_object.h"
#include "policy/sigstore/review_settings.h"
#include "shim/policy_validator.h"
#include "verifier/serving/policy_validation.h"

namespace countersign::cli {

// A PolicyValidator whose verifier is in the same process: finds what that would if `settings` is what it
// has in force. Thread-safe.
class LocalValidator final : public shim::PolicyValidator {
 public:
  explicit LocalValidator(policy::ReviewSettings settings) : settings_(std::move(settings)) {}

  absl::StatusOr<v1::ValidatePolicyResponse> ValidatePolicy(
      const v1::ValidatePolicyRequest& request, absl::Time /*deadline*/,
      const base::TraceContext& /*trace*/) override {
    return verifier::ValidatePolicy(request, [this](const base::Json& object) {
      return policy::ReviewSigstoreObject(object, settings_);
    });
  }

 private:
  const policy::ReviewSettings settings_;
};

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_LOCAL_VALIDATOR_H_
