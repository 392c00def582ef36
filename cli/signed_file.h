#ifndef COUNTERSIGN_CLI_SIGNED_FILE_H_
#define COUNTERSIGN_CLI_SIGNED_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "cosign/bundle_verification.h"

namespace countersign::cli {

// A file that a signature is asked of is read whole.
inline constexpr size_t kMaxSignedFileBytes = size_t{1} << 30;

// The file with this name; where there is none and the name is "sha256:" and 64 lower-case hex
// digits, what has that digest. Errors are those of base::LoadFile.
absl::StatusOr<cosign::File> LoadSignedFile(const std::string& file_or_digest);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_SIGNED_FILE_H_
