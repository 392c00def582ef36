#ifndef COUNTERSIGN_CLI_TRUSTED_ROOT_FILE_H_
#define COUNTERSIGN_CLI_TRUSTED_ROOT_FILE_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "cosign/trusted_root.h"

namespace countersign::cli {

// Which of Sigstore's public instances, where no file says whom to trust.
enum class Instance { kPublicGood, kStaging };

// The trusted root in the file, or if `file` is "", the one that is shipped for the instance
// (trust/shipped_roots.h). What is odd in it and spoils nothing is told to `warn`. Errors name the
// flag --trusted-root and the file.
absl::StatusOr<std::shared_ptr<const cosign::TrustedRoot>> LoadTrustedRoot(
    const std::string& file, Instance instance, absl::FunctionRef<void(std::string_view)> warn);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_TRUSTED_ROOT_FILE_H_
