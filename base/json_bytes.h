#ifndef COUNTERSIGN_BASE_JSON_BYTES_H_
#define COUNTERSIGN_BASE_JSON_BYTES_H_

#include <cstddef>

#include "base/json.h"

namespace countersign::base {

// What a value takes of the heap beside itself, with all that is in it (base/allocated_bytes.h): some
// 100 bytes for each member of an object, and more than its text where that is short. Pure; recurses as
// deep as the value, which whoever parsed it has bounded (JsonLimits). Binary values, which no text has,
// count as none.
size_t AllocatedBytes(const Json& json);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_JSON_BYTES_H_
