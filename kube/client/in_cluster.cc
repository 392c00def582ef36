#include "kube/client/in_cluster.h"

#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kube/client/server_url.h"

namespace countersign::kube {
namespace {

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

absl::StatusOr<ClusterConfig> InClusterConfig(const std::string& directory) {
  const std::string host = Variable("KUBERNETES_SERVICE_HOST");
  const std::string port = Variable("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty()) {
    return absl::FailedPreconditionError(
        "the environment has no KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT; is this a pod "
        "of a cluster?");
  }
  absl::StatusOr<std::string> server = BuildServerUrl(host, port);
  if (!server.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT make no URL: ",
                     server.status().message()));
  }
  ClusterConfig config;
  config.server = *std::move(server);
  config.is_in_cluster = true;
  config.certificate_authority.file = absl::StrCat(directory, "/ca.crt");
  config.token_file = absl::StrCat(directory, "/token");
  return config;
}

}  // namespace countersign::kube
