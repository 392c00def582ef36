#ifndef COUNTERSIGN_BASE_FILE_H_
#define COUNTERSIGN_BASE_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace countersign::base {

// The bytes of a regular file. NotFound, PermissionDenied, InvalidArgument (a directory, larger
// than `max_bytes`), or Internal; all name the path and the system's reason.
absl::StatusOr<std::string> LoadFile(const std::string& path, size_t max_bytes = 4 << 20);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_FILE_H_
