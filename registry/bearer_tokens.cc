#include "registry/bearer_tokens.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/percent_encoding.h"
#include "base/status_macros.h"
#include "http/client/client.h"
#include "http/client/local_address.h"
#include "http/client/proxy.h"
#include "http/client/url.h"
#include "registry/authorization.h"
#include "registry/credential.h"
#include "registry/credential_key.h"
#include "registry/redirect_follower.h"
#include "registry/registry_host.h"
#include "registry/response_status.h"
#include "registry/retry_after.h"
#include "registry/token_answer.h"

namespace countersign::registry {
namespace {

constexpr size_t kMaxTokens = 1000;
constexpr size_t kEntryBytes = 300;  // of the cache's own, with the key
constexpr absl::Duration kMargin = absl::Seconds(10);
// As the nodes' runtime says: a service is not to tell us from it.
constexpr std::string_view kClientId = "containerd-client";

std::string CacheKey(const TokenRequest& request, const Credential& credential) {
  return CredentialKey({request.registry, request.realm, request.service, request.scope},
                       credential);
}

std::string TokenServiceOf(std::string_view registry) {
  return absl::StrCat("the token service of ", Who(registry));
}

// For a query and for a form.
std::string WriteQuery(const TokenRequest& request) {
  std::string query;
  const auto add = [&query](std::string_view name, std::string_view value) {
    if (!value.empty()) absl::StrAppend(&query, "&", name, "=", base::PercentEncode(value));
  };
  add("service", request.service);
  add("scope", request.scope);
  return query.empty() ? query : query.substr(1);
}

// "OAuth2 Token Authentication", "Refreshing an access token".
http::ClientRequest BuildPost(const http::Url& realm, const TokenRequest& request,
                              const Credential& credential) {
  http::ClientRequest message;
  message.method = "POST";
  message.url = realm.ToString();
  message.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  message.body =
      absl::StrCat("grant_type=refresh_token&client_id=", kClientId, "&", WriteQuery(request),
                   "&refresh_token=", base::PercentEncode(credential.identity_token));
  return message;
}

// "Token Authentication", "Requesting a Token".
http::ClientRequest BuildGet(const http::Url& realm, const TokenRequest& request,
                             const Credential& credential) {
  http::ClientRequest message;
  message.url = realm.ToString();
  const char* const separator = message.url.find('?') == std::string::npos ? "?" : "&";
  const std::string query = WriteQuery(request);
  if (!query.empty()) absl::StrAppend(&message.url, separator, query);
  const std::string basic = WriteBasic(credential);
  if (!basic.empty()) message.headers = {{"Authorization", basic}};
  return message;
}

absl::Status TokenStatus(int http_status, std::string_view who, const Credential& credential,
                         bool by_identity_token) {
  if (http_status == 201) return absl::OkStatus();  // Some create tokens.
  // How OAuth 2 refuses a refresh token: RFC 6749, section 5.2, "invalid_grant".
  if (http_status == 400 && by_identity_token) {
    return absl::UnauthenticatedError(
        absl::StrCat(who, " refused the credential (400 Bad Request)"));
  }
  // The service is missing, not what was asked of the registry.
  if (http_status == 404) {
    return absl::FailedPreconditionError(absl::StrCat(who, " is not there (404 Not Found)"));
  }
  return ResponseStatus(http_status, who, credential);
}

// Whether a refused identity token leaves the password to be tried: where there is one, and the
// service may simply know no identity tokens.
bool MayTryPassword(const Credential& credential, const absl::Status& failure) {
  return !credential.username.empty() && !credential.password.empty() &&
         (absl::IsUnauthenticated(failure) || absl::IsPermissionDenied(failure) ||
          absl::IsFailedPrecondition(failure));
}

// Whether the image's own name leads to where the service may be on this machine or its link: it is
// on the registry's host, or the registry is there itself.
bool MayBeLocal(const http::Url& realm, std::string_view registry) {
  const absl::StatusOr<http::Url> own = UrlOf(registry);
  return own.ok() && (own->host() == realm.host() || http::IsLocalHost(own->host()));
}

}  // namespace

BearerTokens::BearerTokens(RedirectFollower* follower, const base::Clock* clock, size_t max_bytes)
    : follower_(*follower), clock_(*clock), tokens_(clock, kMaxTokens, max_bytes) {}

std::optional<std::string> BearerTokens::Find(const TokenRequest& request,
                                              const Credential& credential) {
  return tokens_.Find(CacheKey(request, credential));
}

absl::StatusOr<std::string> BearerTokens::Fetch(const TokenRequest& request,
                                                const Credential& credential, NamedBy named_by,
                                                absl::Time deadline) {
  const absl::StatusOr<http::Url> realm = http::Url::Parse(request.realm);
  if (!realm.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(TokenServiceOf(request.registry), ": ", realm.status().message()));
  }
  absl::StatusOr<std::string> token =
      FetchBy(credential.identity_token.empty() ? BuildGet(*realm, request, credential)
                                                : BuildPost(*realm, request, credential),
              request, credential, named_by, deadline);
  if (!credential.identity_token.empty() && MayTryPassword(credential, token.status())) {
    token = FetchBy(BuildGet(*realm, request, credential), request, credential, named_by, deadline);
  }
  if (token.ok() || named_by == NamedBy::kRegistry) return token;
  return absl::UnauthenticatedError(
      absl::StrCat(Who(request.registry), " names a token service on ", realm->HostPort(),
                   " for this repository alone, and that gave no token"));
}

absl::StatusOr<std::string> BearerTokens::FetchBy(http::ClientRequest message,
                                                  const TokenRequest& request,
                                                  const Credential& credential, NamedBy named_by,
                                                  absl::Time deadline) {
  message.max_response_bytes = kMaxLoginBytes;
  const bool by_identity_token = message.method == "POST";
  const absl::Time asked = clock_.Now();
  CS_ASSIGN_OR_RETURN(const http::Url realm, http::Url::Parse(message.url));
  const absl::StatusOr<RedirectFollower::Result> result = follower_.Send(
      std::move(message),
      {.targets = RedirectFollower::Targets::kAnywhere,
       .is_first_named = named_by == NamedBy::kRegistry && MayBeLocal(realm, request.registry)},
      deadline);
  // A proxy's fault is neither the service's nor the registry's.
  if (http::IsProxyFault(result.status())) return result.status();
  if (!result.ok()) {
    return base::Annotate(TokenServiceOf(request.registry), result.status());
  }
  const int http_status = result->response.status;
  if (result->left_origin && http_status != 200 && http_status != 201) {
    return follower_.TargetFailed(result->first, result->url,
                                  absl::StrCat("status ", result->response.status));
  }
  const std::string who = absl::StrCat("token service ", realm.HostPort());
  const absl::Status status =
      TokenStatus(result->response.status, who, credential, by_identity_token);
  if (result->response.status == 429) {
    return WithRetryAfter(status,
                          ReadRetryAfter(result->response.FindHeader("retry-after"), clock_.Now()));
  }
  CS_RETURN_IF_ERROR(status);
  absl::StatusOr<TokenAnswer> answer = ParseTokenAnswer(result->response.body);
  if (!answer.ok()) {
    return absl::Status(answer.status().code(), absl::StrCat(who, " ", answer.status().message()));
  }
  tokens_.Put(CacheKey(request, credential), answer->token,
              answer->lifetime - kMargin - (clock_.Now() - asked),
              answer->token.size() + kEntryBytes);
  return std::move(answer->token);
}

}  // namespace countersign::registry
