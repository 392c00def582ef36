#include "registry/registry_host.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "http/client/client.h"
#include "http/client/proxy.h"
#include "oci/registry_name.h"
#include "registry/insecure_hosts.h"
#include "registry/redirect_follower.h"

namespace countersign::registry {
namespace {

constexpr size_t kMaxPlainHosts = 1000;
constexpr absl::Duration kPlainHostLifetime = absl::Minutes(1);

// The host, or host:port.
std::string HostOf(std::string_view registry) {
  return std::string(registry == oci::kDockerHub ? oci::kDockerHubHost : registry);
}

// Whether the fault says nothing about the host itself.
bool IsOfAnother(const absl::Status& status) {
  return http::IsProxyFault(status) || RedirectFollower::IsTargetFault(status);
}

}  // namespace

absl::StatusOr<http::Url> UrlOf(std::string_view registry) {
  return http::Url::Parse(absl::StrCat("https://", HostOf(registry)));
}

RegistryHosts::RegistryHosts(RedirectFollower* follower, const InsecureHosts* insecure,
                             const base::Clock* clock)
    : follower_(*follower), insecure_(*insecure), plain_hosts_(clock, kMaxPlainHosts) {}

absl::StatusOr<RedirectFollower::Result> RegistryHosts::Send(std::string_view registry,
                                                             http::ClientRequest request,
                                                             const std::string& authorization,
                                                             RedirectFollower::Targets targets,
                                                             absl::Time deadline) {
  if (!authorization.empty()) request.headers.emplace_back("Authorization", authorization);
  const std::string host = HostOf(registry);
  CS_ASSIGN_OR_RETURN(const http::Url root, UrlOf(registry));
  if (insecure_.Contains(root)) return SendInsecurely(std::move(request), host, targets, deadline);
  request.url = absl::StrCat("https://", host, request.url);
  return follower_.Send(std::move(request), {.targets = targets}, deadline);
}

absl::StatusOr<RedirectFollower::Result> RegistryHosts::SendInsecurely(
    http::ClientRequest request, const std::string& host, RedirectFollower::Targets targets,
    absl::Time deadline) {
  const RedirectFollower::Rules rules = {.targets = targets};
  const std::string path = std::exchange(request.url, "");
  absl::Status no_tls;
  if (!plain_hosts_.Find(host).has_value()) {
    request.url = absl::StrCat("https://", host, path);
    absl::StatusOr<RedirectFollower::Result> result = follower_.Send(request, rules, deadline);
    if (!absl::IsUnavailable(result.status()) || IsOfAnother(result.status())) return result;
    no_tls = result.status();
  }
  request.url = absl::StrCat("http://", host, path);
  const bool is_head = request.method == "HEAD";
  absl::StatusOr<RedirectFollower::Result> result =
      follower_.Send(std::move(request), rules, deadline);
  // 400 is how servers answer plain HTTP on a port where they speak TLS.
  const bool is_plain = result.ok() ? result->response.status != 400
                                    : absl::IsFailedPrecondition(result.status()) ||
                                          absl::IsResourceExhausted(result.status());
  if (is_plain) {
    plain_hosts_.Put(host, true, kPlainHostLifetime);
    return result;
  }
  if (absl::IsDeadlineExceeded(result.status()) || IsOfAnother(result.status())) return result;
  // Or how those answer HEAD who have none.
  if (result.ok() && is_head) return result;
  plain_hosts_.Remove(host);
  if (!no_tls.ok()) return no_tls;
  return result;
}

}  // namespace countersign::registry
