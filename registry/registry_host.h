#ifndef COUNTERSIGN_REGISTRY_REGISTRY_HOST_H_
#define COUNTERSIGN_REGISTRY_REGISTRY_HOST_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/expiring_cache.h"
#include "http/client/client.h"
#include "http/client/url.h"
#include "registry/insecure_hosts.h"
#include "registry/redirect_follower.h"

namespace countersign::registry {

// The longest body of an answer that says how to be let in, or lets in: a registry's at /v2/, a token
// service's. In a request nginx takes a token of 8 KiB unless it is told otherwise
// (large_client_header_buffers), and some services send one twice, as `token` and as `access_token`.
inline constexpr size_t kMaxLoginBytes = 32 << 10;

// The URL of the host that serves a registry: that of its name, but for Docker Hub. Errors as of
// http::Url::Parse.
absl::StatusOr<http::Url> UrlOf(std::string_view registry);

// Brings requests to the hosts of registries: by HTTPS or, where that is allowed and needed, by
// plain HTTP. Thread-safe.
class RegistryHosts {
 public:
  // All must outlive this.
  RegistryHosts(RedirectFollower* follower, const InsecureHosts* insecure,
                const base::Clock* clock);

  // `request.url` is the path alone ("/v2/…"); `authorization` the header's value, or "". Any
  // status is a result. Errors are those of RedirectFollower::Send.
  absl::StatusOr<RedirectFollower::Result> Send(std::string_view registry,
                                                http::ClientRequest request,
                                                const std::string& authorization,
                                                RedirectFollower::Targets targets,
                                                absl::Time deadline);

 private:
  absl::StatusOr<RedirectFollower::Result> SendInsecurely(http::ClientRequest request,
                                                          const std::string& host,
                                                          RedirectFollower::Targets targets,
                                                          absl::Time deadline);

  RedirectFollower& follower_;
  const InsecureHosts& insecure_;
  base::ExpiringCache<bool> plain_hosts_;  // insecure hosts that lately spoke no TLS
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_REGISTRY_HOST_H_
