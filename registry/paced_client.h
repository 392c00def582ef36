#ifndef COUNTERSIGN_REGISTRY_PACED_CLIENT_H_
#define COUNTERSIGN_REGISTRY_PACED_CLIENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "http/client/client.h"
#include "registry/request_pace.h"

namespace countersign::registry {

// A Client that asks each host as fast as its RequestPace says. Who would have to wait longer than he may is
// answered 429, with the time in Retry-After, as the host would have answered. Blocks until it is a request's
// turn. Thread-safe.
class PacedClient final : public http::Client {
 public:
  // Of a request's deadline so much is left for its answer.
  static constexpr absl::Duration kForTheAnswer = absl::Milliseconds(500);
  static constexpr absl::Duration kProbeTimeout = absl::Seconds(1);

  // Nobody waits longer for his turn: half of what an API server usually gives.
  static constexpr absl::Duration kPatience = absl::Seconds(5);

  // Both must outlive this.
  PacedClient(http::Client* client, const base::Clock* clock)
      : client_(client), clock_(clock), pace_(clock) {}

  absl::StatusOr<http::ClientResponse> Send(const http::ClientRequest& request,
                                            absl::Time deadline) override;

 private:
  // After a 429: whether the host's root answers so, too.
  void Probe(const http::ClientRequest& request, const std::string& host, bool is_https,
             absl::Time deadline);

  http::Client* const client_;
  const base::Clock* const clock_;
  RequestPace pace_;
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_PACED_CLIENT_H_
