#ifndef COUNTERSIGN_CLI_MIGRATE_INPUT_H_
#define COUNTERSIGN_CLI_MIGRATE_INPUT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"

namespace countersign::cli {

// The policies in files, by their language, each in the order in which they stand there.
struct MigrateInput {
  std::vector<base::Json> sign;      // signing.apps.tanzu.vmware.com
  std::vector<base::Json> sigstore;  // policy.sigstore.dev, PolicyOptions, and their ConfigMap
  std::vector<base::Json> kyverno;   // kyverno.io, policies.kyverno.io
};

// Reads YAML and JSON files of Kubernetes objects, also in lists as `kubectl get -o yaml` has them.
// InvalidArgument names the file, and the line, and says what is wrong: no YAML, a list with what is no
// object or a list, nothing that is a policy, policies of several languages, or two of Sign's.
absl::StatusOr<MigrateInput> LoadMigrateInput(const std::vector<std::string>& files);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_MIGRATE_INPUT_H_
