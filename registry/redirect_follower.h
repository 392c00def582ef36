#ifndef COUNTERSIGN_REGISTRY_REDIRECT_FOLLOWER_H_
#define COUNTERSIGN_REGISTRY_REDIRECT_FOLLOWER_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "http/client.h"
#include "http/url.h"
#include "registry/insecure_hosts.h"

namespace countersign::registry {

// Sends requests where they are redirected to, as far as that is safe. Thread-safe.
//
// Certificates are checked but on insecure hosts, and plain HTTP is spoken only to those. At most 5
// redirects are followed, of GET and HEAD only. The Authorization header does not go to another
// origin, nor does it come back from there.
class RedirectFollower {
 public:
  struct Result {
    http::ClientResponse response;
    http::Url url;             // where it came from
    bool left_origin = false;  // whether the request was redirected to another origin on its way
  };

  // Both must outlive the follower.
  RedirectFollower(http::Client* client, const InsecureHosts* insecure)
      : client_(*client), insecure_(*insecure) {}

  // Errors are those of http::Client, and FailedPrecondition for a redirect that is not followed or
  // a first URL in plain HTTP. All hops share the deadline.
  absl::StatusOr<Result> Send(http::ClientRequest request, absl::Time deadline) const;

 private:
  http::Client& client_;
  const InsecureHosts& insecure_;
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_REDIRECT_FOLLOWER_H_
