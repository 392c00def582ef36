#ifndef COUNTERSIGN_SHIM_PINNING_H_
#define COUNTERSIGN_SHIM_PINNING_H_

#include <string_view>

#include "kube/admission/admission_review.h"

namespace countersign::shim {

// In which objects an image's text is given the digest that was judged.
enum class PinImages {
  kPods,  // in what runs
  kAll,   // and in what Pods are made from
  kOff,
};

// Whether the images of the object of `review`, whose pod template is at `template_path`, are
// pinned. A template that belongs to a controller (a ReplicaSet of a Deployment) is left as it is
// with kAll, too: a controller that no longer finds what it made would make it anew without end. Its
// images were pinned in the owner where that was made, and are in the Pod.
bool IsPinned(const kube::AdmissionRequest& review, std::string_view template_path,
              PinImages pin_images);

// "sha256:" and 64 lower-case hexadecimal digits.
bool IsDigest(std::string_view text);

// Whether `pinned` is `text`, which has no digest, with one behind it: "nginx:1@sha256:…" is the
// pinned form of "nginx:1", and "nginx:latest@sha256:…" also that of "nginx". Knows nothing of what
// else makes a reference.
bool IsPinnedFormOf(std::string_view pinned, std::string_view text);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_PINNING_H_
