#ifndef COUNTERSIGN_SHIM_POLICY_VALIDATOR_H_
#define COUNTERSIGN_SHIM_POLICY_VALIDATOR_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/trace_context.h"
#include "proto/countersign/v1/verifier.pb.h"

namespace countersign::shim {

// What the policy webhook asks of verifiers; an interface, as they are other processes.
// Thread-safe.
class PolicyValidator {
 public:
  virtual ~PolicyValidator() = default;

  // One question, one answer by `deadline`. Errors are those of
  // proto/countersign/v1/verifier.proto, and Unavailable or DeadlineExceeded when no verifier
  // answered. `trace` is the span that asks, or none.
  virtual absl::StatusOr<v1::ValidatePolicyResponse> ValidatePolicy(
      const v1::ValidatePolicyRequest& request, absl::Time deadline,
      const base::TraceContext& trace) = 0;
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_POLICY_VALIDATOR_H_
