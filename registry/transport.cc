#include "registry/transport.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "http/client.h"
#include "http/url.h"
#include "oci/image_reference.h"
#include "oci/registry_name.h"
#include "registry/credential.h"
#include "registry/redirect_follower.h"
#include "registry/response_status.h"

namespace countersign::registry {
namespace {

constexpr std::string_view kDockerHubHost = "registry-1.docker.io";

constexpr size_t kMaxPlainHosts = 1000;
constexpr absl::Duration kPlainHostLifetime = absl::Minutes(1);

std::string HostToAsk(const oci::Repository& repository) {
  return repository.registry == oci::kDockerHub ? std::string(kDockerHubHost) : repository.registry;
}

bool IsUnauthorized(const RedirectFollower::Result& result) {
  // Who is redirected to has no business with the registry's credential.
  return result.response.status == 401 && !result.left_origin;
}

}  // namespace

Transport::Transport(http::Client* client, const base::Clock* clock,
                     const std::vector<std::string>& insecure_registries)
    : insecure_(insecure_registries),
      follower_(client, &insecure_),
      authenticator_(client, &insecure_, clock),
      plain_hosts_(clock, kMaxPlainHosts) {}

absl::StatusOr<RedirectFollower::Result> Transport::Send(const http::ClientRequest& request,
                                                         const Access& access) {
  const auto& [repository, credential, deadline, held] = access;
  CS_ASSIGN_OR_RETURN(const std::string first,
                      authenticator_.Anticipate(repository, credential, deadline));
  CS_ASSIGN_OR_RETURN(RedirectFollower::Result result, SendAs(first, request, access));
  if (!IsUnauthorized(result)) return result;

  CS_ASSIGN_OR_RETURN(const std::string second, authenticator_.Answer(result.response, repository,
                                                                      credential, first, deadline));
  CS_ASSIGN_OR_RETURN(result, SendAs(second, request, access));
  if (!IsUnauthorized(result)) return result;
  return ResponseStatus(401, absl::StrCat("registry ", repository.registry), credential);
}

absl::StatusOr<RedirectFollower::Result> Transport::SendAs(const std::string& authorization,
                                                           http::ClientRequest request,
                                                           const Access& access) {
  request.held = access.held;
  if (!authorization.empty()) request.headers.emplace_back("Authorization", authorization);
  const std::string host = HostToAsk(access.repository);
  CS_ASSIGN_OR_RETURN(const http::Url root, http::Url::Parse(absl::StrCat("https://", host)));
  if (insecure_.Contains(root)) return SendInsecurely(std::move(request), host, access.deadline);
  request.url = absl::StrCat("https://", host, request.url);
  return follower_.Send(std::move(request), access.deadline);
}

absl::StatusOr<RedirectFollower::Result> Transport::SendInsecurely(http::ClientRequest request,
                                                                   const std::string& host,
                                                                   absl::Time deadline) {
  const std::string path = std::exchange(request.url, "");
  absl::Status no_tls;
  if (!plain_hosts_.Find(host).has_value()) {
    request.url = absl::StrCat("https://", host, path);
    absl::StatusOr<RedirectFollower::Result> result = follower_.Send(request, deadline);
    if (!absl::IsUnavailable(result.status())) return result;
    no_tls = result.status();
  }
  request.url = absl::StrCat("http://", host, path);
  absl::StatusOr<RedirectFollower::Result> result = follower_.Send(std::move(request), deadline);
  // 400 is how servers answer plain HTTP on a port where they speak TLS.
  const bool is_plain = result.ok() ? result->response.status != 400
                                    : absl::IsFailedPrecondition(result.status()) ||
                                          absl::IsResourceExhausted(result.status());
  if (is_plain) {
    plain_hosts_.Put(host, true, kPlainHostLifetime);
    return result;
  }
  if (absl::IsDeadlineExceeded(result.status())) return result;
  plain_hosts_.Remove(host);
  if (!no_tls.ok()) return no_tls;
  return result;
}

}  // namespace countersign::registry
