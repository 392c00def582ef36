#ifndef COUNTERSIGN_REGISTRY_WATCHED_CLIENT_H_
#define COUNTERSIGN_REGISTRY_WATCHED_CLIENT_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "http/client/client.h"
#include "http/client/url.h"
#include "registry/reachability.h"

namespace countersign::registry {

// A Client that keeps a Reachability of what becomes of its requests, and does as that says: what is refused
// ends at once with Unavailable, marked as whatever is not reached is (http/client/network_fault.h). A
// probe is a GET of "/v2/" without credentials, of which any answer will do, within the deadline of the
// request that it comes before, and a few seconds.
//
// Requests to hosts that the operator calls insecure are never refused, and that there is no TLS says nothing
// of them: whether such a one speaks it is found out by failing. Thread-safe.
class WatchedClient final : public http::Client {
 public:
  // Of a request, or a probe, that waited no longer, silence says nothing.
  static constexpr absl::Duration kLeastSilence = absl::Seconds(2);
  static constexpr absl::Duration kProbeTimeout = absl::Seconds(3);

  // What to call a registry, as repositories have it; as Reachability::NameOf.
  using NameOf = std::function<std::optional<std::string>(std::string_view registry)>;

  // All must outlive this; as Reachability's.
  WatchedClient(http::Client* client, const base::Clock* clock, NameOf name_of = nullptr,
                base::Metrics* metrics = nullptr);

  // Since when the host of a registry, as repositories have it, cannot be reached; nullopt: it can be, or
  // that is not known.
  std::optional<absl::Time> AwaySince(std::string_view registry) const;

  absl::StatusOr<http::ClientResponse> Send(const http::ClientRequest& request,
                                            absl::Time deadline) override;

 private:
  // Whether the request may be sent after it; otherwise why not.
  absl::Status Probe(const http::ClientRequest& request, const http::Url& url, absl::Time deadline);

  http::Client* const client_;
  const base::Clock* const clock_;
  Reachability reachability_;
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_WATCHED_CLIENT_H_
