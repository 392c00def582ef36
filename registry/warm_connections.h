#ifndef COUNTERSIGN_REGISTRY_WARM_CONNECTIONS_H_
#define COUNTERSIGN_REGISTRY_WARM_CONNECTIONS_H_

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/periodic.h"
#include "http/client/client.h"
#include "registry/insecure_hosts.h"
#include "registry/registry_state.h"

namespace countersign::registry {

// Keeps a connection open to each registry that a policy names by its host, so that no admission pays for
// the name, TCP and TLS: where nobody has asked a registry for a while, it is sent one GET of "/v2/", as
// clients of registries begin, without a credential, whose answer does not matter.
//
// It must not become a load on anybody, nor hold up an admission. So there are kMostRegistries at the most,
// the first by name; one request at a time in all, in a thread of its own, with a deadline of its own; to one
// registry one in 50 seconds, twice as seldom each time that it is not answered, down to one in 10 minutes;
// and none where somebody asks at the moment or has lately, where the registry is known to be away, or to
// hosts that need no TLS. Breakers hear nothing of it.
class WarmConnections {
 public:
  static constexpr size_t kMostRegistries = 16;
  // Servers and what lies before them close connections after 60 seconds, as far as is known.
  static constexpr absl::Duration kInterval = absl::Seconds(50);
  static constexpr absl::Duration kLongestInterval = absl::Minutes(10);
  static constexpr absl::Duration kTimeout = absl::Seconds(3);
  static constexpr absl::Duration kLook = absl::Seconds(1);

  using Hosts = std::shared_ptr<const absl::flat_hash_set<std::string>>;
  struct Options {
    // Those that policies name (policy/named_hosts.h), the same value as long as they are the same; what came
    // of asking registries, by the same names; and whether one is known to be away.
    std::function<Hosts()> named;
    std::function<std::vector<RegistryState>()> states;
    std::function<bool(std::string_view registry)> is_away;
    // As of InsecureHosts.
    std::vector<std::string> insecure_registries;
    // Null: nowhere. Must outlive this:
    //   countersign_registry_warm_requests_total{outcome}
    base::Metrics* metrics = nullptr;
    const base::Clock* clock = &base::Clock::Real();
  };
  // `client` must outlive this.
  WarmConnections(http::Client* client, Options options);

 private:
  struct Registry {
    absl::Time next = absl::InfinitePast();
    absl::Duration interval = kInterval;
  };

  absl::Duration Look();
  void Choose();
  void Ask(const std::string& name, Registry& registry);

  http::Client* const client_;
  const Options options_;
  const InsecureHosts insecure_;
  // Of the thread alone.
  Hosts chosen_of_;
  std::map<std::string, Registry> registries_;
  base::Periodic periodic_;
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_WARM_CONNECTIONS_H_
