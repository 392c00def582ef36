#include "registry/redirect_follower.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "http/client/client.h"
#include "http/client/url.h"
#include "registry/insecure_hosts.h"

namespace countersign::registry {
namespace {

constexpr int kMaxRedirects = 5;

// Names the payload of a status (absl::Status::SetPayload) that is a redirect target's fault.
constexpr char kTargetPayload[] = "countersign/redirect-target";

constexpr std::string_view kLogger = "registry";
constexpr size_t kMaxLogged = 100;
constexpr absl::Duration kLogInterval = absl::Minutes(1);

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

// "/v2/NAME/manifests/REFERENCE", with this `kind` for "/manifests/", in characters that have no
// second meaning to any server.
bool IsRegistryPath(std::string_view path, std::string_view kind) {
  constexpr std::string_view kRoot = "/v2/";
  path = path.substr(0, path.find('?'));
  const size_t at = path.rfind(kind);
  if (!absl::StartsWith(path, kRoot) || at == std::string_view::npos) return false;
  if (at <= kRoot.size() - 1 || at + kind.size() == path.size()) return false;
  if (absl::StrContains(path.substr(at + kind.size()), '/')) return false;
  if (absl::StrContains(path, "//") || absl::StrContains(path, "/.")) return false;
  return std::all_of(path.begin(), path.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("/._-:", c);
  });
}

}  // namespace

RedirectFollower::RedirectFollower(http::Client* client, const InsecureHosts* insecure,
                                   const base::Clock* clock)
    : client_(*client), insecure_(*insecure), logged_(clock, kMaxLogged) {}

absl::StatusOr<RedirectFollower::Result> RedirectFollower::Send(http::ClientRequest request,
                                                                Rules rules, absl::Time deadline) {
  CS_ASSIGN_OR_RETURN(http::Url url, http::Url::Parse(request.url));
  if (!url.IsHttps() && !insecure_.Contains(url)) {
    return absl::FailedPreconditionError(
        absl::StrCat(url.HostPort(), " is not to be asked by plain HTTP"));
  }
  const http::Url first = url;
  bool left_origin = false;
  // What became of it elsewhere is not told.
  const auto fail = [&](const absl::Status& status) {
    return left_origin ? TargetFailed(first.HostPort(), url, status.message()) : status;
  };
  for (int redirects = 0; redirects <= kMaxRedirects; ++redirects) {
    const bool is_insecure = insecure_.Contains(url);
    const bool is_named = rules.is_first_named && url.HostPort() == first.HostPort();
    request.url = url.ToString();
    request.insecure_skip_tls_verification = is_insecure;
    request.refuse_local_addresses = !is_named && !is_insecure;
    absl::StatusOr<http::ClientResponse> response = client_.Send(request, deadline);
    if (!response.ok()) return fail(response.status());
    const std::optional<std::string_view> location = FindRedirect(*response, request.method);
    if (!location.has_value()) {
      return Result{*std::move(response), std::move(url), left_origin, first.HostPort()};
    }
    absl::StatusOr<http::Url> next = Follow(first, url, *location, rules.targets);
    if (!next.ok()) return fail(next.status());
    if (!next->IsSameOrigin(url)) {
      left_origin = true;
      RemoveAuthorization(request.headers);
    }
    url = *std::move(next);
  }
  return fail(absl::FailedPreconditionError(absl::StrCat(
      url.HostPort(), " redirects again and again; ", kMaxRedirects, " were followed")));
}

// Where to go from `url`, if that may be.
absl::StatusOr<http::Url> RedirectFollower::Follow(const http::Url& first, const http::Url& url,
                                                   std::string_view location,
                                                   Targets targets) const {
  const auto refuse = [&url](const auto&... words) {
    return absl::FailedPreconditionError(absl::StrCat(url.HostPort(), " redirects to ", words...));
  };
  absl::StatusOr<http::Url> next = url.Resolve(location);
  if (!next.ok()) return refuse("where nobody can go: ", next.status().message());
  if (!next->IsHttps() && !insecure_.Contains(*next)) {
    return refuse("plain HTTP on ", next->HostPort());
  }
  if (next->IsSameOrigin(first) || targets == Targets::kAnywhere) return next;
  // An insecure host that is asked by both schemes is still one.
  if (next->HostPort() == first.HostPort() && insecure_.Contains(*next)) return next;
  if (targets == Targets::kNone) return refuse(next->HostPort(), ", where this has no business");
  if (!IsRegistryPath(next->path_and_query(), "/manifests/") &&
      !IsRegistryPath(next->path_and_query(), "/referrers/")) {
    return refuse(next->HostPort(), ", and there not to a manifest in a registry");
  }
  return next;
}

absl::Status RedirectFollower::TargetFailed(std::string_view first, const http::Url& target,
                                            std::string_view cause) {
  const std::string key = absl::StrCat(first, " ", target.HostPort());
  if (!logged_.Find(key).has_value()) {
    logged_.Put(key, true, kLogInterval);
    base::LogWarning(kLogger, "A registry redirects to where nothing of use was given.",
                     {{"registry", std::string(first)},
                      {"target", target.HostPort()},
                      {"error", base::Printable(cause)}});
  }
  absl::Status fault = absl::UnavailableError(absl::StrCat(
      first, " redirects to ", target.HostPort(), ", which does not give what was asked for"));
  fault.SetPayload(kTargetPayload, absl::Cord());
  return fault;
}

bool RedirectFollower::IsTargetFault(const absl::Status& status) {
  return status.GetPayload(kTargetPayload).has_value();
}

}  // namespace countersign::registry
