#ifndef COUNTERSIGN_VERIFIER_SERVING_POLICY_VALIDATION_H_
#define COUNTERSIGN_VERIFIER_SERVING_POLICY_VALIDATION_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "base/json.h"
#include "policy/sigstore/review_object.h"
#include "proto/countersign/v1/verifier.pb.h"

namespace countersign::verifier {

// What is found in an object alone.
struct PolicyValidation {
  std::vector<policy::Problem> problems;
  std::vector<std::string> warnings;
  std::string policy_controller_message;
};

// Who reviews what is not the Sign policy's: ReviewSigstoreObject by what is known of the installation, but
// in tests.
using SigstoreReview = absl::FunctionRef<policy::ReviewedObject(const base::Json& object)>;

// Of an object by its apiVersion and kind: of the Sign policy's what policy::CompilePolicies finds, and
// so of whatever is none of those that are judged (proto/policy_kind.h); of all others what their
// review does. Pure.
PolicyValidation Validate(const base::Json& object, SigstoreReview review);

// Answers the verify API's rpc of the same name. InvalidArgument, naming the field, for a message that
// is wrong itself (but for its caller, which is not read). Pure.
absl::StatusOr<v1::ValidatePolicyResponse> ValidatePolicy(const v1::ValidatePolicyRequest& request,
                                                          SigstoreReview review);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_POLICY_VALIDATION_H_
