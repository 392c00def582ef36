#ifndef COUNTERSIGN_SHIM_QUESTION_H_
#define COUNTERSIGN_SHIM_QUESTION_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "kube/admission/admission_review.h"
#include "proto/countersign/v1/verifier.pb.h"

namespace countersign::shim {

// A use of an image that must be judged.
struct AskedUse {
  std::string reference;  // as written
  std::string pointer;    // JSON pointer to it
  // Where it is, for people: "container web", "volume data", or the JSON pointer to what has no
  // name. Printable.
  std::string place;
  // Which image of the request it is.
  int image = 0;
  // Where the stored object has the same text there, but with a digest: which image of the request
  // that is. If it is verified it is put back, and what was written is not looked at.
  std::optional<int> stored_image = {};
  // Whether it is to be given the digest that is let in.
  bool may_be_pinned = false;
  // Whether the stored object has the same there.
  bool is_unchanged = false;
};

// What a verifier is to be asked about an object.
struct Question {
  // Its images are those that must be checked, each reference once; there may be none.
  v1::VerifyImagesRequest request;
  // What for; each image of `request` is for one at least.
  std::vector<AskedUse> uses;
  // The references that the stored object had in the same place already, and that are not asked
  // about again.
  std::vector<std::string> unchanged;
  // The object is what runs, and not what Pods are made from.
  bool is_pod = false;
  // Images of it are pinned, where they still can be.
  bool pins_images = false;
};

// Whether nothing needs to be asked, whatever images there are: it cannot start a container.
bool NeedsNoCheck(const kube::AdmissionRequest& review);

// In words for the object's author, if there is more of something than is looked at.
std::optional<std::string> WhatIsTooMuch(const kube::AdmissionRequest& review);

struct QuestionOptions {
  // On an UPDATE, ask about images that are unchanged, too.
  bool ask_about_unchanged = false;
  // The object's images are pinned (IsPinned). On an UPDATE that concerns images whose text the
  // request changes, and in a Pod never those that cannot be changed any more: volumes, and
  // ephemeral containers that are stored.
  bool pins_images = false;
  // Images that a policy asks about must have a digest.
  bool require_digest = false;
  // In a template these are no images (kube/admission/workload.h).
  std::vector<std::string> template_placeholders = {};
};

// The question about the object of `review`, whose pod template is at `template_path`. On an
// UPDATE, unchanged images are left out: those that the old object has in the same list, in a
// container (or volume) of the same name, by the same text.
// InvalidArgument, in words for the object's author, if the object is not of the kind that the
// review says, cannot be read, or asks for more than a verifier takes (proto/limits.h): every use of
// an image counts, and, where any is asked about, every label.
absl::StatusOr<Question> BuildQuestion(const kube::AdmissionRequest& review,
                                       std::string_view template_path,
                                       const QuestionOptions& options);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_QUESTION_H_
