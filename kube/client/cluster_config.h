#ifndef COUNTERSIGN_KUBE_CLIENT_CLUSTER_CONFIG_H_
#define COUNTERSIGN_KUBE_CLIENT_CLUSTER_CONFIG_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace countersign::kube {

// PEM text: as it is in the configuration, or in a file that may change.
struct PemSource {
  std::string file;  // absolute, or relative to the working directory
  std::string pem;   // counts, where both are given

  bool IsGiven() const { return !file.empty() || !pem.empty(); }
};

// A program that prints a token or a certificate (client.authentication.k8s.io), as a kubeconfig names it.
struct ExecPlugin {
  std::string api_version;  // "client.authentication.k8s.io/v1" or ".../v1beta1"
  std::string command;      // a path, or a name to look for on PATH
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
  bool provide_cluster_info = false;
  std::string install_hint;
  // The cluster's extension "client.authentication.k8s.io/exec", given with the cluster.
  base::Json cluster_extension;
};

// Where an API server is, how it is told from others, and as whom to speak to it.
struct ClusterConfig {
  std::string server;           // an https URL (on loopback http too), without '/' at its end
  std::string tls_server_name;  // "": the URL's host
  bool insecure_skip_tls_verify = false;
  bool is_in_cluster = false;       // the API server of this pod's cluster: never behind a proxy
  PemSource certificate_authority;  // not given: the system's
  PemSource client_certificate;     // both or neither
  PemSource client_key;
  // Bearer tokens; the file's is preferred.
  std::string token;
  std::string token_file;
  std::optional<ExecPlugin> exec;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_CLUSTER_CONFIG_H_
