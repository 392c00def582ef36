#ifndef COUNTERSIGN_VERIFIER_SERVING_QUESTION_LIMITS_H_
#define COUNTERSIGN_VERIFIER_SERVING_QUESTION_LIMITS_H_

#include "absl/status/status.h"
#include "proto/countersign/v1/verifier.pb.h"

namespace countersign::verifier {

// InvalidArgument, naming the field, if the message is wrong itself: beyond proto/limits.h.
absl::Status CheckQuestion(const v1::VerifyImagesRequest& request);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_QUESTION_LIMITS_H_
