#ifndef COUNTERSIGN_REGISTRY_REGISTRY_PING_H_
#define COUNTERSIGN_REGISTRY_REGISTRY_PING_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/expiring_cache.h"
#include "http/client/url.h"
#include "registry/challenge_choice.h"
#include "registry/registry_host.h"

namespace countersign::registry {

// Pings registries to learn how they want to be spoken to, as they say themselves: by the challenge
// with which each answers GET /v2/ (OCI distribution specification, "Determining Support"), asked
// without a credential, once in ten minutes. What a repository says is its owner's word; this is the
// registry's. Thread-safe.
class RegistryPing {
 public:
  // Both must outlive this. Answers are kept up to `max_bytes` in all.
  RegistryPing(RegistryHosts* hosts, const base::Clock* clock, size_t max_bytes);

  // What it wants there; nullopt: nothing that is understood. Errors are those of RegistryHosts, and
  // Unavailable for 408, 429 and 5xx; they are not remembered.
  absl::StatusOr<std::optional<ChosenChallenge>> FindChallenge(const std::string& registry,
                                                               absl::Time deadline);

  // Whether the registry stands up for the host of a token service: it is its own host, or the one
  // that it names in that challenge. Errors as of FindChallenge.
  absl::StatusOr<bool> Vouches(const std::string& registry, const http::Url& realm,
                               absl::Time deadline);

  // What is remembered at this moment, and what it weighs.
  size_t entries() const { return answers_.size(); }
  size_t bytes() const { return answers_.weight(); }

 private:
  RegistryHosts& hosts_;
  base::ExpiringCache<std::optional<ChosenChallenge>> answers_;  // by registry
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_REGISTRY_PING_H_
