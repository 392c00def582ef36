#ifndef COUNTERSIGN_KUBE_CLIENT_KUBECONFIG_H_
#define COUNTERSIGN_KUBE_CLIENT_KUBECONFIG_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "kube/client/cluster_config.h"

namespace countersign::kube {

// Reads a kubeconfig ("kubeconfig (v1)" of the Kubernetes reference): YAML or JSON, one document.
// Taken is the context named `context` or, if that is "", current-context. File paths in it are
// relative to the directory of `file`, and are not opened. Members that do not concern a connection
// are passed over; those that would change whom the server sees or how it is reached, and are not
// supported, are refused: proxy-url, username and password, auth-provider, impersonation.
//
// InvalidArgument says "FILE:LINE: /users/0/user/token: …"; FailedPrecondition that a context,
// cluster or user is named that the file does not have. Values are never quoted.
absl::StatusOr<ClusterConfig> ParseKubeconfig(const std::string& file, const std::string& text,
                                              std::string_view context);

// The same of the file's bytes. Errors of reading it as base::LoadFile's.
absl::StatusOr<ClusterConfig> LoadKubeconfig(const std::string& file, std::string_view context);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_KUBECONFIG_H_
