#ifndef COUNTERSIGN_CLI_FAILURE_H_
#define COUNTERSIGN_CLI_FAILURE_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace countersign::cli {

inline constexpr int kExitAllowed = 0;
inline constexpr int kExitDenied = 1;
// Could not be asked or found out, or the flags are wrong.
inline constexpr int kExitFailure = 2;

// kExitAllowed for OK; otherwise prints "countersign: why" to standard error, and kExitFailure.
int ExitCodeOf(const absl::Status& status);
// The code itself where there is one; otherwise the same.
int ExitCodeOf(const absl::StatusOr<int>& code);

// Prints "countersign: warning: what" to standard error, in one piece.
void Warn(std::string_view what);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_FAILURE_H_
