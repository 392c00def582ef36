#ifndef COUNTERSIGN_SHIM_POLICY_WEBHOOK_H_
#define COUNTERSIGN_SHIM_POLICY_WEBHOOK_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "shim/policy_validator.h"

namespace countersign::shim {

// Answers the AdmissionReviews of ClusterImagePolicies: asks a verifier what is wrong with one that
// is created, or whose `spec` is changed, and denies it with all of that. Everything else is
// allowed at once: other kinds, subresources and operations, and an update that leaves `spec`
// alone, so that a policy that is bad already can still be labelled and reported about.
// Thread-safe.
class PolicyWebhook {
 public:
  // `validator` must outlive the webhook.
  explicit PolicyWebhook(PolicyValidator* validator) : validator_(validator) {}

  // The answer to an AdmissionReview, as bytes to send with 200; a denial has code 422, reason
  // Invalid, and a cause for each problem. By `deadline`, which is the caller's own less what it
  // needs to write the answer. Errors:
  //   InvalidArgument  `body` is no AdmissionReview: send 400
  //   others           no verifier said anything about the policy: send 500. Then the webhook
  //                    configuration's failurePolicy decides, which a denial would not let it.
  // `caller` is the address that the review came from, which verifiers are told.
  absl::StatusOr<std::string> Handle(std::string_view body, absl::Time deadline,
                                     std::string_view caller = "") const;

 private:
  PolicyValidator* const validator_;
};

// A JSON pointer (RFC 6901) as people who use kubectl read paths:
// "/spec/verification/keys/0/name" is "spec.verification.keys[0].name".
std::string FieldPath(std::string_view json_pointer);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_POLICY_WEBHOOK_H_
