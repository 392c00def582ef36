#include "kube/client/cluster_connection.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "kube/client/api_connection.h"
#include "kube/client/http_object_feed.h"
#include "kube/client/http_object_store.h"
#include "kube/client/http_secret_reader.h"
#include "kube/client/in_cluster.h"
#include "kube/client/kubeconfig.h"

namespace countersign::kube {

absl::StatusOr<ClusterConnection> ConnectToCluster(const ClusterOptions& options) {
  if (options.in_cluster == !options.kubeconfig.empty()) {
    return absl::InvalidArgumentError(
        "name one cluster: that of this pod, or one of a kubeconfig file");
  }
  CS_ASSIGN_OR_RETURN(ClusterConfig config,
                      options.in_cluster
                          ? InClusterConfig(options.service_account_directory)
                          : LoadKubeconfig(options.kubeconfig, options.kubeconfig_context));
  CS_ASSIGN_OR_RETURN(std::shared_ptr<ApiConnection> connection,
                      ApiConnection::Create(std::move(config)));
  return ClusterConnection{.secrets = std::make_shared<HttpSecretReader>(connection),
                           .feed = std::make_shared<HttpObjectFeed>(connection),
                           .store = std::make_unique<HttpObjectStore>(connection)};
}

}  // namespace countersign::kube
