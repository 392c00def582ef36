#ifndef COUNTERSIGN_SHIM_QUESTION_H_
#define COUNTERSIGN_SHIM_QUESTION_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kube/admission_review.h"
#include "proto/countersign/v1/verifier.pb.h"

namespace countersign::shim {

// What a verifier is to be asked about an object.
struct Question {
  // Its images are those that must be checked, each reference once; there may be none.
  v1::VerifyImagesRequest request;
  // Where the object uses them, for people: for each image of `request`, "container web", "volume
  // data", or the JSON pointer to what has no name. Printable.
  std::vector<std::vector<std::string>> places;
  // The references that the stored object had already, and that are not asked about again.
  std::vector<std::string> unchanged;
};

// What a verifier takes (proto/countersign/v1/verifier.proto). Here every use of an image counts.
inline constexpr size_t kMaxImages = 1000;
inline constexpr size_t kMaxQuestionBytes = 1 << 20;

// The question about the object of `review`, whose pod template is at `template_path`. On an
// UPDATE, images that the old object had are left out unless `ask_about_unchanged`. In a template,
// `template_placeholders` are no images (kube/workload.h).
// InvalidArgument, in words for the object's author, if the object is not of the kind that the
// review says, cannot be read, or asks for more than a verifier takes.
absl::StatusOr<Question> BuildQuestion(const kube::AdmissionRequest& review,
                                       std::string_view template_path, bool ask_about_unchanged,
                                       const std::vector<std::string>& template_placeholders = {});

// Internal, saying why, unless `response` answers every image of `request`, in its order, with an
// unmistakable decision: one of the two, and a reason that goes with it.
absl::Status CheckAnswer(const v1::VerifyImagesRequest& request,
                         const v1::VerifyImagesResponse& response);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_QUESTION_H_
