#ifndef COUNTERSIGN_SHIM_PATCH_H_
#define COUNTERSIGN_SHIM_PATCH_H_

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "shim/image_marks.h"

namespace countersign::shim {

// A string of the object that becomes another.
struct ChangedText {
  std::string pointer;  // JSON pointer to it
  std::string text;
};

// A JSON Patch (RFC 6902), operation by operation, each as JSON. The same arguments give the same
// patch.
using Patch = std::vector<std::string>;

// What makes these changes.
Patch PatchTexts(const std::vector<ChangedText>& changes);

// What leaves `object` with exactly the annotations of `marks` under kAnnotationPrefix (nullopt: with
// none), whatever its author wrote there.
Patch PatchAnnotations(const base::Json& object, const std::optional<MarkText>& marks);

// The patch as JSON; "" where nothing is to be done.
std::string WritePatch(const Patch& patch);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_PATCH_H_
