#ifndef COUNTERSIGN_BASE_OPEN_FILES_H_
#define COUNTERSIGN_BASE_OPEN_FILES_H_

#include <cstddef>

namespace countersign::base {

// How many of `wanted` connections this process may have open beside its other files; its own limit
// (RLIMIT_NOFILE) is raised for them as far as it may be.
size_t AllowOpenConnections(size_t wanted);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_OPEN_FILES_H_
