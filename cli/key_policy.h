#ifndef COUNTERSIGN_CLI_KEY_POLICY_H_
#define COUNTERSIGN_CLI_KEY_POLICY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "kube/api.h"

namespace countersign::cli {

// A cluster whose one policy wants, of every image, a signature by one of the public keys in
// `key_files` (each key is named by its file). Secrets and service accounts are those of `rest`, or
// none if it is null. An error names the file that cannot be used.
absl::StatusOr<std::unique_ptr<kube::Api>> PolicyFromKeys(const std::vector<std::string>& key_files,
                                                          std::unique_ptr<kube::Api> rest);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_KEY_POLICY_H_
