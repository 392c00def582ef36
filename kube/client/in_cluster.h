#ifndef COUNTERSIGN_KUBE_CLIENT_IN_CLUSTER_H_
#define COUNTERSIGN_KUBE_CLIENT_IN_CLUSTER_H_

#include <string>

#include "absl/status/statusor.h"
#include "kube/client/cluster_config.h"

namespace countersign::kube {

// How a process in a pod reaches the API server of its cluster ("Accessing the Kubernetes API from
// a Pod"): the address is in the environment variables KUBERNETES_SERVICE_HOST and
// KUBERNETES_SERVICE_PORT, and `directory` holds the service account's `token`, which is replaced
// while the pod runs, and `ca.crt`. The files are not opened. FailedPrecondition if this is no pod.
absl::StatusOr<ClusterConfig> InClusterConfig(const std::string& directory);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_IN_CLUSTER_H_
