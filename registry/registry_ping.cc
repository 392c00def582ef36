#include "registry/registry_ping.h"

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "http/client/client.h"
#include "http/client/url.h"
#include "registry/challenge_choice.h"
#include "registry/redirect_follower.h"
#include "registry/registry_host.h"
#include "registry/response_status.h"

namespace countersign::registry {
namespace {

constexpr size_t kMaxRegistries = 1000;
constexpr size_t kEntryBytes = 200;  // of the cache's own
constexpr absl::Duration kLifetime = absl::Minutes(10);

bool IsPassing(int http_status) {
  return http_status == 408 || http_status == 429 || (http_status >= 500 && http_status < 600);
}

}  // namespace

RegistryPing::RegistryPing(RegistryHosts* hosts, const base::Clock* clock, size_t max_bytes)
    : hosts_(*hosts), answers_(clock, kMaxRegistries, max_bytes) {}

absl::StatusOr<std::optional<ChosenChallenge>> RegistryPing::FindChallenge(
    const std::string& registry, absl::Time deadline) {
  if (const auto known = answers_.Find(registry)) return *known;
  http::ClientRequest request;
  request.url = "/v2/";
  request.max_response_bytes = kMaxLoginBytes;
  CS_ASSIGN_OR_RETURN(
      const RedirectFollower::Result result,
      hosts_.Send(registry, std::move(request), "", RedirectFollower::Targets::kNone, deadline));
  if (IsPassing(result.response.status)) {
    return absl::UnavailableError(absl::StrCat(Who(registry),
                                               " does not say at /v2/ how it wants to be asked (",
                                               result.response.status, ")"));
  }
  std::optional<ChosenChallenge> wanted;
  if (result.response.status == 401) wanted = ChooseChallenge(result.response);
  const size_t bytes = registry.size() + kEntryBytes + (wanted.has_value() ? wanted->bytes() : 0);
  answers_.Put(registry, wanted, kLifetime, bytes);
  return wanted;
}

absl::StatusOr<bool> RegistryPing::Vouches(const std::string& registry, const http::Url& realm,
                                           absl::Time deadline) {
  const absl::StatusOr<http::Url> own = UrlOf(registry);
  if (own.ok() && own->HostPort() == realm.HostPort()) return true;
  CS_ASSIGN_OR_RETURN(const std::optional<ChosenChallenge> wanted,
                      FindChallenge(registry, deadline));
  if (!wanted.has_value()) return false;
  const absl::StatusOr<http::Url> named = http::Url::Parse(wanted->realm);
  return named.ok() && named->IsHttps() == realm.IsHttps() && named->HostPort() == realm.HostPort();
}

}  // namespace countersign::registry
