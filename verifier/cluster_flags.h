#ifndef COUNTERSIGN_VERIFIER_CLUSTER_FLAGS_H_
#define COUNTERSIGN_VERIFIER_CLUSTER_FLAGS_H_

#include <string>

#include "CLI/CLI.hpp"
#include "kube/client/cluster_connection.h"

namespace countersign::verifier {

// Adds the flags that name a cluster to `app`: --kubernetes, --kubeconfig and --kubeconfig-context,
// shown under the heading `group`. At most one of the first two is taken, and the third only with
// the second. `options` must outlive the parsing.
void AddClusterFlags(CLI::App* app, kube::ClusterOptions* options, const std::string& group);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_CLUSTER_FLAGS_H_
