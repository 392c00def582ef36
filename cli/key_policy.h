#ifndef COUNTERSIGN_CLI_KEY_POLICY_H_
#define COUNTERSIGN_CLI_KEY_POLICY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "kube/object_feed.h"

namespace countersign::cli {

// A policy that wants, of every image, a signature by one of the public keys in `key_files` (each
// key is named by its file). An error names the file that cannot be used.
absl::StatusOr<kube::Object> PolicyFromKeys(const std::vector<std::string>& key_files);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_KEY_POLICY_H_
