#ifndef COUNTERSIGN_VERIFIER_SERVING_QUESTION_LIMITS_H_
#define COUNTERSIGN_VERIFIER_SERVING_QUESTION_LIMITS_H_

#include <cstddef>

#include "absl/status/status.h"
#include "proto/countersign/v1/verifier.pb.h"

namespace countersign::verifier {

// Most images in one request, and the longest fields (proto/countersign/v1/verifier.proto).
inline constexpr int kMaxImages = 1000;
inline constexpr size_t kMaxReferenceBytes = 4096;
inline constexpr size_t kMaxNameBytes = 253;
// Different ones.
inline constexpr int kMaxPullSecrets = 100;

// InvalidArgument, naming the field, if the message is wrong itself.
absl::Status CheckQuestion(const v1::VerifyImagesRequest& request);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_QUESTION_LIMITS_H_
