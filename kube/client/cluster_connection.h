#ifndef COUNTERSIGN_KUBE_CLIENT_CLUSTER_CONNECTION_H_
#define COUNTERSIGN_KUBE_CLIENT_CLUSTER_CONNECTION_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "kube/client/object_store.h"
#include "kube/object_feed.h"
#include "kube/secret_reader.h"

namespace countersign::kube {

// Which cluster, and as whom.
struct ClusterOptions {
  // The cluster that this process runs in as a pod, as the pod's service account.
  bool in_cluster = false;
  // Or what a kubeconfig file says: for its context `kubeconfig_context` or, if that is empty, its
  // current-context.
  std::string kubeconfig;
  std::string kubeconfig_context;
  // Where a pod finds its service account's token and the cluster's ca.crt.
  std::string service_account_directory = "/var/run/secrets/kubernetes.io/serviceaccount";

  // Whether any cluster was named.
  bool IsNamed() const { return in_cluster || !kubeconfig.empty(); }
};

// A cluster's objects: three views of one connection, each of which may outlive the others.
struct ClusterConnection {
  std::shared_ptr<SecretReader> secrets;
  std::shared_ptr<ObjectFeed> feed;
  std::unique_ptr<ObjectStore> store;
};

// Reads the configuration; the API server is not asked anything yet. Tokens and certificates that
// the configuration names by file are read again as they change. Errors (InvalidArgument or
// FailedPrecondition, with the file and the field) mean that the configuration cannot be used.
absl::StatusOr<ClusterConnection> ConnectToCluster(const ClusterOptions& options);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_CLUSTER_CONNECTION_H_
