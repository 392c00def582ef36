#ifndef COUNTERSIGN_CLI_SIGNED_FILE_H_
#define COUNTERSIGN_CLI_SIGNED_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "cosign/bundle_verification.h"

namespace countersign::cli {

// A file that a signature is asked of is read whole.
inline constexpr size_t kMaxSignedFileBytes = size_t{1} << 30;

// The file with this name; where there is none and the name is "sha256:", "sha384:" or "sha512:" and
// as many lower-case hex digits as such a digest has, what has that digest. Errors are those of
// base::LoadFile.
absl::StatusOr<cosign::File> LoadSignedFile(const std::string& file_or_digest);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_SIGNED_FILE_H_
