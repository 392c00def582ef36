#ifndef COUNTERSIGN_REGISTRY_INSECURE_HOSTS_H_
#define COUNTERSIGN_REGISTRY_INSECURE_HOSTS_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "http/client/url.h"

namespace countersign::registry {

// The hosts that the operator allows to be asked without a valid certificate and by plain HTTP; no
// other is, not even loopback. Immutable value.
class InsecureHosts {
 public:
  // "host" or "host:port", as written in references. Without a port 443 and 80 are meant.
  explicit InsecureHosts(const std::vector<std::string>& names);

  bool Contains(const http::Url& url) const;

 private:
  absl::flat_hash_set<std::string> host_ports_;
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_INSECURE_HOSTS_H_
