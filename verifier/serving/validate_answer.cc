#include "verifier/serving/validate_answer.h"

#include <string>
#include <utility>

#include "base/json.h"
#include "base/status_macros.h"
#include "grpcpp/support/slice.h"
#include "policy/sigstore/review_object.h"
#include "policy/sigstore/review_settings.h"
#include "verifier/serving/policy_validation.h"

namespace countersign::verifier {

ValidateAnswer::ValidateAnswer(const Parts* parts, Asked asked, v1::ValidatePolicyRequest request)
    : parts_(*parts), asked_(std::move(asked)), request_(std::move(request)) {}

absl::StatusOr<grpc::ByteBuffer> ValidateAnswer::Answer() {
  CS_ASSIGN_OR_RETURN(const CallGate::Claim validation,
                      parts_.gate->AwaitValidation(asked_.caller, asked_.deadline));
  const policy::ReviewSettings settings =
      parts_.review_settings ? parts_.review_settings() : policy::ReviewSettings();
  CS_ASSIGN_OR_RETURN(const v1::ValidatePolicyResponse response,
                      ValidatePolicy(request_, [&](const base::Json& object) {
                        return policy::ReviewSigstoreObject(object, settings);
                      }));
  OpenCall& call = *asked_.call;
  CS_RETURN_IF_ERROR(parts_.gate->KeepAnswer(call.caller().client, asked_.caller,
                                             /*workload_namespace=*/"", response.ByteSizeLong(),
                                             asked_.answer_room));
  const grpc::Slice slice(response.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace countersign::verifier
