#ifndef COUNTERSIGN_SHIM_QUESTION_H_
#define COUNTERSIGN_SHIM_QUESTION_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "kube/admission_review.h"
#include "proto/countersign/v1/verifier.pb.h"

namespace countersign::shim {

// What a verifier is to be asked about an object.
struct Question {
  // Its images are those that must be checked; there may be none.
  v1::VerifyImagesRequest request;
  // The references that the stored object had already, and that are not asked about again.
  std::vector<std::string> unchanged;
};

// Most images that are asked about for one object (proto/countersign/v1/verifier.proto).
inline constexpr int kMaxImages = 1000;

// The question about the object of `review`, whose pod template is at `template_path`. On an
// UPDATE, images that the old object had are left out unless `ask_about_unchanged`.
// InvalidArgument, in a sentence for the object's author, if it cannot be read or has more than
// kMaxImages to ask about.
absl::StatusOr<Question> BuildQuestion(const kube::AdmissionRequest& review,
                                       std::string_view template_path, bool ask_about_unchanged);

// Whether `response` answers every image of `request`, in its order.
bool Answers(const v1::VerifyImagesRequest& request, const v1::VerifyImagesResponse& response);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_QUESTION_H_
