#ifndef COUNTERSIGN_VERIFIER_SERVING_MESSAGES_H_
#define COUNTERSIGN_VERIFIER_SERVING_MESSAGES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "policy/verdict.h"
#include "proto/countersign/v1/verifier.pb.h"
#include "verifier/serving/workload_question.h"

namespace countersign::verifier {

// InvalidArgument, naming the field, if the `caller` that a message names is longer than a caller
// may be. Pure.
absl::Status CheckCaller(const std::string& caller);

// The question of a VerifyImages call; its texts are moved, not copied, and a pull secret that is
// named again is left out. InvalidArgument, naming the field, for a message that is wrong itself:
// without images, or beyond proto/limits.h (but for its caller, which is not read). Pure.
absl::StatusOr<WorkloadQuestion> ReadQuestion(v1::VerifyImagesRequest message);

// What the verdict says, whose lists are within the contract's limits (policy/verdict_lists.h), in the
// contract's message, which is empty before: all but the container and the
// reference that it is about. Pure.
void WriteVerdict(const ImageVerdict& image, v1::Verdict& message);

// The answer to it: each verdict with the container and the reference that it is about. Pure.
v1::VerifyImagesResponse WriteAnswer(const WorkloadQuestion& question,
                                     const WorkloadAnswer& answer);

// The contract's word for the reason. Pure.
v1::Reason ToProto(policy::Reason reason);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_MESSAGES_H_
