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

// The JSON Patch (RFC 6902) that makes these changes. Null if there are none.
base::Json PatchTexts(const std::vector<ChangedText>& changes);

// The JSON Patch that leaves `object` with exactly the annotations of `marks` under
// kAnnotationPrefix (nullopt: with none), whatever its author wrote there. Null if nothing is to be
// done. The same arguments give the same patch.
base::Json PatchAnnotations(const base::Json& object, const std::optional<MarkText>& marks);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_PATCH_H_
