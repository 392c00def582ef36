#ifndef COUNTERSIGN_VERIFIER_SERVING_POLICY_VALIDATION_H_
#define COUNTERSIGN_VERIFIER_SERVING_POLICY_VALIDATION_H_

#include "absl/status/statusor.h"
#include "proto/countersign/v1/verifier.pb.h"

namespace countersign::verifier {

// Answers the verify API's rpc of the same name, with what policy::CompilePolicies finds in the
// object alone. InvalidArgument, naming the field, for a message that is wrong itself (but for its
// caller, which is not read). Pure.
absl::StatusOr<v1::ValidatePolicyResponse> ValidatePolicy(const v1::ValidatePolicyRequest& request);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_POLICY_VALIDATION_H_
