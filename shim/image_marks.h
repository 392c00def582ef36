#ifndef COUNTERSIGN_SHIM_IMAGE_MARKS_H_
#define COUNTERSIGN_SHIM_IMAGE_MARKS_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "proto/countersign/v1/verifier.pb.h"

namespace countersign::shim {

// The annotations that tell what was found about an object's images. What others wrote under the
// prefix is not kept.
inline constexpr std::string_view kAnnotationPrefix = "countersign/";
inline constexpr std::string_view kStatusAnnotation = "countersign/status";
inline constexpr std::string_view kImagesAnnotation = "countersign/images";

// What was found about an image; an object has the weakest of its images'. In order of strength.
enum class ImageStatus {
  kUnchecked,         // "unchecked": admitted without having been asked about
  kNotCheckedAgain,   // "not-checked-again": as the stored object has it; in the audit log only
  kNotEnforced,       // "not-enforced": no policy, or an excluded namespace
  kAllowedUnmatched,  // "allowed-unmatched": no pattern matches, and the operator allows that
  kAllowedByPolicy,   // "allowed-by-policy": policies let it pass without evidence, or only warn
  kVerified,          // "verified": at `digest`, by `keys`
};

struct ImageMark {
  ImageStatus status = ImageStatus::kUnchecked;
  std::string digest;             // "sha256:…", or empty
  std::vector<std::string> keys;  // the policy's names of the keys that verified it
};

// By image reference, as the object has it once it is patched.
using ImageMarks = std::map<std::string, ImageMark>;

// Adds a mark; of two about one reference the weaker stays.
void AddMark(std::string_view reference, ImageMark mark, ImageMarks& marks);

// What an allowing verdict marks its image with.
ImageMark MarkOf(const v1::Verdict& verdict);

// The values of the annotations.
struct MarkText {
  // "verified" and so on.
  std::string status;
  // {REFERENCE: {"status": …, "digest": …, "keys": […]}, …}, compact JSON without empty members;
  // empty if it would have more than 64 KiB (an object's annotations may have 256 KiB together).
  std::string images;
};

// nullopt if there is no image.
std::optional<MarkText> WriteMarks(const ImageMarks& marks);

// The marks that an object carries; what is malformed is left out. Only for objects as the API
// server has stored them: what is being admitted may carry anything.
ImageMarks ReadMarks(const base::Json& stored_object);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_IMAGE_MARKS_H_
