#ifndef COUNTERSIGN_REGISTRY_TRANSPORT_H_
#define COUNTERSIGN_REGISTRY_TRANSPORT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "base/clock.h"
#include "base/expiring_cache.h"
#include "http/client.h"
#include "oci/image_reference.h"
#include "registry/authenticator.h"
#include "registry/credential.h"
#include "registry/insecure_hosts.h"
#include "registry/redirect_follower.h"

namespace countersign::registry {

// Which repository is asked, as whom, until when, and where the bytes of its answers are counted.
struct Access {
  const oci::Repository& repository;
  const Credential& credential;
  absl::Time deadline;
  const std::shared_ptr<base::HeldBytes>& held;
};

// Brings a request to the registry of a repository, in the way that registry wants it: by HTTPS or,
// where that is allowed and needed, plain HTTP; authenticated; redirected. Thread-safe.
class Transport {
 public:
  // `client` and `clock` must outlive this. `insecure_registries` as of InsecureHosts.
  Transport(http::Client* client, const base::Clock* clock,
            const std::vector<std::string>& insecure_registries);

  // `request.url` is the path alone ("/v2/…"). Any status but 401 is a result, as is a 401 of a
  // host that the registry redirects to. Errors are those of registry.h, but NotFound.
  absl::StatusOr<RedirectFollower::Result> Send(const http::ClientRequest& request,
                                                const Access& access);

 private:
  absl::StatusOr<RedirectFollower::Result> SendAs(const std::string& authorization,
                                                  http::ClientRequest request,
                                                  const Access& access);
  absl::StatusOr<RedirectFollower::Result> SendInsecurely(http::ClientRequest request,
                                                          const std::string& host,
                                                          absl::Time deadline);

  const InsecureHosts insecure_;
  const RedirectFollower follower_;
  Authenticator authenticator_;
  base::ExpiringCache<bool> plain_hosts_;  // insecure hosts that lately spoke no TLS
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_TRANSPORT_H_
