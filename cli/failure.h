#ifndef COUNTERSIGN_CLI_FAILURE_H_
#define COUNTERSIGN_CLI_FAILURE_H_

#include "absl/status/status.h"

namespace countersign::cli {

inline constexpr int kExitAllowed = 0;
inline constexpr int kExitDenied = 1;
// Could not be asked, or the flags are wrong.
inline constexpr int kExitFailure = 2;

// kExitAllowed for OK; otherwise prints "countersign: why" to standard error, and kExitFailure.
int ExitCodeOf(const absl::Status& status);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_FAILURE_H_
