#ifndef COUNTERSIGN_SHIM_POLICY_WEBHOOK_H_
#define COUNTERSIGN_SHIM_POLICY_WEBHOOK_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/trace_context.h"
#include "kube/admission/admission_review.h"
#include "shim/policy_validator.h"

namespace countersign::shim {

// Whether a review is of one of the objects that are judged before they are stored (proto/policy_kind.h),
// which is asked about here rather than at `Webhook`.
bool IsOfPolicies(const kube::AdmissionRequest& request);

// Answers the AdmissionReviews of policies and of the objects beside them (proto/policy_kind.h): asks a
// verifier what is wrong with one that is created, or of which is changed what is judged (`spec`, or a
// ConfigMap's `data`, and which members stand beside it that no object has), and denies it with all of
// that. Everything else is allowed at once: other kinds, subresources and operations, and an update that
// leaves that alone, so that a policy that is bad already can still be labelled and reported about.
// Thread-safe.
class PolicyWebhook {
 public:
  // `validator` must outlive the webhook.
  explicit PolicyWebhook(PolicyValidator* validator) : validator_(validator) {}

  // The answer to an AdmissionReview, as bytes to send with 200; a denial has code 422, reason
  // Invalid, and a cause for each problem. Of an object of policy.sigstore.dev it is as the Policy
  // Controller's: code 400, reason BadRequest, and a message that begins with what that would say; then
  // each problem has a line with its JSON pointer. By `deadline`, which is the caller's own less what it
  // needs to write the answer. Errors:
  //   InvalidArgument  `body` is no AdmissionReview: send 400
  //   others           no verifier said anything about the policy: send 500. Then the webhook
  //                    configuration's failurePolicy decides, which a denial would not let it.
  // `caller` is the address that the review came from, which verifiers are told; `trace` the span of it, which
  // they are told, too, and the log is.
  absl::StatusOr<std::string> Handle(std::string_view body, absl::Time deadline,
                                     std::string_view caller = "",
                                     const base::TraceContext& trace = {}) const;

 private:
  PolicyValidator* const validator_;
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_POLICY_WEBHOOK_H_
