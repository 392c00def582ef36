#ifndef COUNTERSIGN_KUBE_CLIENT_AUTHENTICATED_CLIENT_H_
#define COUNTERSIGN_KUBE_CLIENT_AUTHENTICATED_CLIENT_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "http/client/curl_client.h"
#include "kube/client/cluster_access.h"
#include "kube/client/cluster_config.h"

namespace countersign::kube {

// An HTTP client for one API server, and the access that it was made with. Where only the token
// changes, the next one has the same `http`, with its connections.
struct AuthenticatedClient {
  ClusterAccess access;
  std::shared_ptr<http::CurlClient> http;
};

// Makes clients of what a configuration's files and plugin say at the moment, and keeps the last
// good one for when they say nothing. Not thread-safe.
class AuthenticatedClientSource {
 public:
  using ClientPtr = std::shared_ptr<const AuthenticatedClient>;

  struct Loaded {
    // The one that holds now, or the last good one; an error where there never was one.
    absl::StatusOr<ClientPtr> client;
    // Why it is not the one that holds now.
    absl::Status fault;
  };

  // `dead_peer_timeout` as of http::CurlClient. `clock` as of ClusterAccessSource.
  AuthenticatedClientSource(ClusterConfig config, absl::Duration dead_peer_timeout,
                            const base::Clock* clock);

  const ClusterConfig& config() const { return access_.config(); }

  // Whether the files can be read and used; the plugin is not run.
  absl::Status Check() const;

  // `refused` and errors as of ClusterAccessSource::Load. What is as it was before gives the same
  // client. That it is not the one that holds now is logged, once for each fault.
  Loaded Load(bool refused, absl::Time deadline);

 private:
  absl::StatusOr<ClientPtr> Make(ClusterAccess access) const;

  ClusterAccessSource access_;
  const absl::Duration dead_peer_timeout_;
  ClientPtr last_;      // null until the first
  absl::Status fault_;  // of the last load
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_AUTHENTICATED_CLIENT_H_
