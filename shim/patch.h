#ifndef COUNTERSIGN_SHIM_PATCH_H_
#define COUNTERSIGN_SHIM_PATCH_H_

#include <optional>

#include "base/json.h"
#include "shim/image_marks.h"

namespace countersign::shim {

// The JSON Patch (RFC 6902) that leaves `object` with exactly the annotations of `marks` under
// kAnnotationPrefix (nullopt: with none), whatever its author wrote there. Null if nothing is to be
// done. The same arguments give the same patch.
base::Json BuildPatch(const base::Json& object, const std::optional<MarkText>& marks);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_PATCH_H_
