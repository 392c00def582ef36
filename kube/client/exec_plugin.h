#ifndef COUNTERSIGN_KUBE_CLIENT_EXEC_PLUGIN_H_
#define COUNTERSIGN_KUBE_CLIENT_EXEC_PLUGIN_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "kube/client/cluster_config.h"

namespace countersign::kube {

// As whom a plugin has us speak (ExecCredential of client.authentication.k8s.io).
struct PluginIdentity {
  std::string token;  // "" if it gave a certificate alone
  std::string client_certificate_pem;
  std::string client_key_pem;
  absl::Time expiry = absl::InfiniteFuture();
};

// Reads what a plugin prints. InvalidArgument says which member is wrong: another kind, another
// apiVersion than `api_version`, neither a token nor a certificate with its key, an
// expirationTimestamp that is no RFC 3339 time. Values are never quoted.
absl::StatusOr<PluginIdentity> ParsePluginIdentity(std::string_view text,
                                                   std::string_view api_version);

// The environment variable KUBERNETES_EXEC_INFO for the plugin of `config`. `ca_pem` are the
// authorities that the cluster is known by, "" for the system's.
std::string WriteExecInfo(const ClusterConfig& config, std::string_view ca_pem);

// Runs the plugin of `config`, which must have one. FailedPrecondition if it cannot be run, fails,
// or prints something else, with the plugin's installHint where it may help; DeadlineExceeded if it
// takes longer. What it prints on standard error is logged, cut.
absl::StatusOr<PluginIdentity> RunExecPlugin(const ClusterConfig& config, std::string_view ca_pem,
                                             absl::Time deadline);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_EXEC_PLUGIN_H_
