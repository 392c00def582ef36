#include "registry/redirect_follower.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "http/client.h"
#include "http/url.h"
#include "registry/insecure_hosts.h"

namespace countersign::registry {
namespace {

constexpr int kMaxRedirects = 5;

// Where the response sends a request of this method, if anywhere (RFC 9110, section 15.4).
std::optional<std::string_view> FindRedirect(const http::ClientResponse& response,
                                             std::string_view method) {
  if (method != "GET" && method != "HEAD") return std::nullopt;
  switch (response.status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return response.FindHeader("location");
    default:
      return std::nullopt;
  }
}

void RemoveAuthorization(http::Headers& headers) {
  std::erase_if(headers, [](const auto& header) {
    return absl::EqualsIgnoreCase(header.first, "authorization");
  });
}

}  // namespace

absl::StatusOr<RedirectFollower::Result> RedirectFollower::Send(http::ClientRequest request,
                                                                absl::Time deadline) const {
  CS_ASSIGN_OR_RETURN(http::Url url, http::Url::Parse(request.url));
  if (!url.IsHttps() && !insecure_.Contains(url)) {
    return absl::FailedPreconditionError(
        absl::StrCat(url.HostPort(), " is not to be asked by plain HTTP"));
  }
  bool left_origin = false;
  for (int redirects = 0; redirects <= kMaxRedirects; ++redirects) {
    request.url = url.ToString();
    request.insecure_skip_tls_verification = insecure_.Contains(url);
    CS_ASSIGN_OR_RETURN(http::ClientResponse response, client_.Send(request, deadline));
    const std::optional<std::string_view> location = FindRedirect(response, request.method);
    if (!location.has_value()) return Result{std::move(response), std::move(url), left_origin};

    absl::StatusOr<http::Url> next = url.Resolve(*location);
    if (!next.ok()) {
      return absl::FailedPreconditionError(absl::StrCat(
          url.HostPort(), " redirects to where nobody can go: ", next.status().message()));
    }
    if (!next->IsHttps() && !insecure_.Contains(*next)) {
      return absl::FailedPreconditionError(
          absl::StrCat(url.HostPort(), " redirects to plain HTTP on ", next->HostPort()));
    }
    if (!next->IsSameOrigin(url)) {
      left_origin = true;
      RemoveAuthorization(request.headers);
    }
    url = *std::move(next);
  }
  return absl::FailedPreconditionError(absl::StrCat(url.HostPort(), " redirects again and again; ",
                                                    kMaxRedirects, " were followed"));
}

}  // namespace countersign::registry
