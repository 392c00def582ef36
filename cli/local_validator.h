#ifndef COUNTERSIGN_CLI_LOCAL_VALIDATOR_H_
#define COUNTERSIGN_CLI_LOCAL_VALIDATOR_H_

#include <functional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "policy/sigstore/review_object.h"
#include "policy/sigstore/review_settings.h"
#include "shim/policy_validator.h"
#include "verifier/serving/policy_validation.h"

namespace countersign::cli {

// A PolicyValidator whose verifier is in the same process: finds what that would by what it has in force,
// which `settings` says at each question. Thread-safe as that is.
class LocalValidator final : public shim::PolicyValidator {
 public:
  explicit LocalValidator(std::function<policy::ReviewSettings()> settings)
      : settings_(std::move(settings)) {}

  absl::StatusOr<v1::ValidatePolicyResponse> ValidatePolicy(
      const v1::ValidatePolicyRequest& request, absl::Time /*deadline*/) override {
    const policy::ReviewSettings settings = settings_();
    return verifier::ValidatePolicy(request, [&settings](const base::Json& object) {
      return policy::ReviewSigstoreObject(object, settings);
    });
  }

 private:
  const std::function<policy::ReviewSettings()> settings_;
};

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_LOCAL_VALIDATOR_H_
