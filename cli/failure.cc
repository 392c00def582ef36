#include "cli/failure.h"

#include <cstdio>
#include <string>

namespace countersign::cli {

int ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return kExitAllowed;
  std::fprintf(stderr, "countersign: %s\n", std::string(status.message()).c_str());
  return kExitFailure;
}

int ExitCodeOf(const absl::StatusOr<int>& code) {
  return code.ok() ? *code : ExitCodeOf(code.status());
}

void Warn(std::string_view what) {
  std::fprintf(stderr, "countersign: warning: %s\n", std::string(what).c_str());
}

}  // namespace countersign::cli
