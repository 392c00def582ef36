#include "registry/warm_connections.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "http/client/url.h"
#include "registry/registry_host.h"

namespace countersign::registry {
namespace {

void Count(bool was_answered, base::Metrics* metrics) {
  if (metrics == nullptr) return;
  metrics
      ->Counter("countersign_registry_warm_requests_total",
                "Requests that were sent to keep a connection open to registries that policies "
                "name, by what "
                "came of them.",
                {{"outcome", was_answered ? "ok" : "failed"}})
      .Increment();
}

}  // namespace

WarmConnections::WarmConnections(http::Client* client, Options options)
    : client_(client),
      options_(std::move(options)),
      insecure_(options_.insecure_registries),
      periodic_(options_.clock, absl::ZeroDuration(), [this] { return Look(); }) {}

// What is known of those that are named still is kept.
void WarmConnections::Choose() {
  Hosts named = options_.named();
  if (named == chosen_of_) return;
  std::vector<std::string> first(std::min(named->size(), kMostRegistries));
  std::partial_sort_copy(named->begin(), named->end(), first.begin(), first.end());
  std::map<std::string, Registry> registries;
  for (const std::string& name : first) {
    const auto known = registries_.find(name);
    registries.emplace(name, known == registries_.end() ? Registry() : known->second);
  }
  registries_ = std::move(registries);
  chosen_of_ = std::move(named);
}

absl::Duration WarmConnections::Look() {
  Choose();
  if (registries_.empty()) return kLook;
  const absl::Time now = options_.clock->Now();
  for (const RegistryState& state : options_.states()) {
    const auto known = registries_.find(state.host);
    if (known == registries_.end()) continue;
    Registry& registry = known->second;
    const absl::Time used = state.in_progress > 0 ? now : std::min(state.last_success, now);
    if (used + kInterval <= registry.next) continue;
    registry = {.next = used + kInterval};
  }
  for (auto& [name, registry] : registries_) {
    // Nor does it wait for a clock that was set back.
    if (now >= registry.next || registry.next - now > kLongestInterval) Ask(name, registry);
  }
  return kLook;
}

void WarmConnections::Ask(const std::string& name, Registry& registry) {
  const absl::StatusOr<http::Url> url = UrlOf(name);
  const bool is_to_ask = url.ok() && !insecure_.Contains(*url) && !options_.is_away(name);
  bool was_answered = false;
  if (is_to_ask) {
    http::ClientRequest request;
    request.url = absl::StrCat("https://", url->HostPort(), "/v2/");
    request.max_response_bytes = kMaxLoginBytes;
    was_answered = client_->Send(request, base::In(kTimeout)).ok();
    Count(was_answered, options_.metrics);
  }
  registry.next = options_.clock->Now() + registry.interval;
  registry.interval = was_answered ? kInterval : std::min(registry.interval * 2, kLongestInterval);
}

}  // namespace countersign::registry
