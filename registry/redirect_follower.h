#ifndef COUNTERSIGN_REGISTRY_REDIRECT_FOLLOWER_H_
#define COUNTERSIGN_REGISTRY_REDIRECT_FOLLOWER_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/expiring_cache.h"
#include "http/client/client.h"
#include "http/client/url.h"
#include "registry/insecure_hosts.h"

namespace countersign::registry {

// Sends requests where they are redirected to, as far as that is safe. Thread-safe.
//
// Certificates are checked but on insecure hosts, and plain HTTP is spoken only to those. At most 5
// redirects are followed, of GET and HEAD only. The Authorization header does not go to another
// origin, nor does it come back from there. No redirect goes to an address of this machine or its
// link, whatever name resolves to it, unless the host was asked first or is insecure.
//
// A server that redirects to another origin makes us ask there in its place, and must learn nothing
// by that: whatever goes wrong there is one and the same error; the log says what it was.
class RedirectFollower {
 public:
  // Where to, beside the origin that was asked first.
  enum class Targets {
    kNone,       // nowhere
    kManifests,  // to "/v2/…/manifests/…" or "/v2/…/referrers/…": another registry
    kAnywhere,   // such as where blobs are stored
  };
  struct Rules {
    Targets targets = Targets::kNone;
    // Whether the first URL is of a host that the image's name or the operator names, rather than
    // somebody else.
    bool is_first_named = true;
  };
  struct Result {
    http::ClientResponse response;
    http::Url url;             // where it came from
    bool left_origin = false;  // whether the request was redirected to another origin on its way
    std::string first;         // who was asked first, as host:port
  };

  // All must outlive the follower.
  RedirectFollower(http::Client* client, const InsecureHosts* insecure, const base::Clock* clock);

  // Errors are those of http::Client, FailedPrecondition for a redirect that is not followed or a
  // first URL in plain HTTP, and those of TargetFailed. All hops share the deadline.
  absl::StatusOr<Result> Send(http::ClientRequest request, Rules rules, absl::Time deadline);

  // Unavailable: that `first` redirects to `target`, which gave nothing of use. Logs the cause.
  absl::Status TargetFailed(std::string_view first, const http::Url& target,
                            std::string_view cause);
  // Whether it is that error: then the host that was asked first did answer, in the protocol that
  // it was asked by.
  static bool IsTargetFault(const absl::Status& status);

 private:
  absl::StatusOr<http::Url> Follow(const http::Url& first, const http::Url& url,
                                   std::string_view location, Targets targets) const;

  http::Client& client_;
  const InsecureHosts& insecure_;
  base::ExpiringCache<bool> logged_;  // by who redirects where
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_REDIRECT_FOLLOWER_H_
