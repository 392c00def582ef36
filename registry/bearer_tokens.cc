#include "registry/bearer_tokens.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "crypto/sha256.h"
#include "http/client.h"
#include "http/url.h"
#include "registry/credential.h"
#include "registry/response_status.h"

namespace countersign::registry {
namespace {

constexpr size_t kMaxTokens = 1000;
constexpr size_t kMaxResponseBytes = 64 << 10;
constexpr absl::Duration kDefaultLifetime = absl::Seconds(60);
constexpr absl::Duration kLongestLifetime = absl::Hours(1);
constexpr absl::Duration kMargin = absl::Seconds(10);

// One text for all that a token depends on: a digest, so that passwords are not copied about.
std::string CacheKey(const TokenRequest& request, const Credential& credential) {
  std::string text;
  for (const std::string& field :
       {request.registry, request.realm, request.service, request.scope, credential.username,
        credential.password, credential.identity_token, credential.registry_token}) {
    absl::StrAppend(&text, field.size(), ":", field);
  }
  return crypto::Sha256Hex(text);
}

// Percent-encoded but for RFC 3986's unreserved characters: for a query and for a form.
std::string Escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
        (c != '\0' && std::string_view("-._~").find(c) != std::string_view::npos)) {
      escaped += c;
    } else {
      absl::StrAppend(&escaped, "%", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    }
  }
  return escaped;
}

std::string WriteQuery(const TokenRequest& request) {
  const std::string scope = absl::StrCat("scope=", Escape(request.scope));
  if (request.service.empty()) return scope;
  return absl::StrCat("service=", Escape(request.service), "&", scope);
}

// "OAuth2 Token Authentication", "Refreshing an access token".
http::ClientRequest BuildPost(const http::Url& realm, const TokenRequest& request,
                              const Credential& credential) {
  http::ClientRequest message;
  message.method = "POST";
  message.url = realm.ToString();
  message.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  message.body =
      absl::StrCat("grant_type=refresh_token&client_id=countersign&", WriteQuery(request),
                   "&refresh_token=", Escape(credential.identity_token));
  return message;
}

// "Token Authentication", "Requesting a Token".
http::ClientRequest BuildGet(const http::Url& realm, const TokenRequest& request,
                             const Credential& credential) {
  http::ClientRequest message;
  message.url = realm.ToString();
  const char* const separator = message.url.find('?') == std::string::npos ? "?" : "&";
  absl::StrAppend(&message.url, separator, WriteQuery(request));
  if (!credential.username.empty()) {
    message.headers = {{"Authorization", absl::StrCat("Basic ", absl::Base64Escape(absl::StrCat(
                                                                    credential.username, ":",
                                                                    credential.password)))}};
  }
  return message;
}

absl::Status TokenStatus(int http_status, std::string_view who, const Credential& credential) {
  // How OAuth 2 refuses a refresh token: RFC 6749, section 5.2, "invalid_grant".
  if (http_status == 400 && !credential.identity_token.empty()) {
    return absl::UnauthenticatedError(
        absl::StrCat(who, " refused the credential (400 Bad Request)"));
  }
  // The service is missing, not what was asked of the registry.
  if (http_status == 404) {
    return absl::FailedPreconditionError(absl::StrCat(who, " is not there (404 Not Found)"));
  }
  return ResponseStatus(http_status, who, credential);
}

struct Token {
  std::string text;
  absl::Duration lifetime;
};

absl::Duration ReadLifetime(const base::Json& json) {
  const absl::StatusOr<int64_t> seconds = base::IntegerMember(json, "expires_in", "");
  if (!seconds.ok() || *seconds == 0) return kDefaultLifetime;
  return std::min(absl::Seconds(*seconds), kLongestLifetime);
}

absl::StatusOr<Token> ParseToken(std::string_view body, std::string_view who) {
  const auto not_understood = [who](std::string_view why) {
    return absl::FailedPreconditionError(absl::StrCat(who, " gave an answer that ", why));
  };
  const absl::StatusOr<base::Json> json = base::ParseJson(body);
  if (!json.ok() || !json->is_object()) return not_understood("is not a JSON object");
  for (const std::string_view name : {"token", "access_token"}) {
    const absl::StatusOr<std::string> token = base::StringMember(*json, name, "");
    if (!token.ok()) return not_understood("has a token that is not a string");
    if (token->empty()) continue;
    if (!std::all_of(token->begin(), token->end(), absl::ascii_isgraph)) {
      return not_understood("has a token that cannot be sent");
    }
    return Token{*token, ReadLifetime(*json)};
  }
  return not_understood("has no token");
}

}  // namespace

BearerTokens::BearerTokens(http::Client* client, const InsecureHosts* insecure,
                           const base::Clock* clock)
    : follower_(client, insecure), clock_(*clock), tokens_(clock, kMaxTokens) {}

std::optional<std::string> BearerTokens::Find(const TokenRequest& request,
                                              const Credential& credential) {
  return tokens_.Find(CacheKey(request, credential));
}

absl::StatusOr<std::string> BearerTokens::Fetch(const TokenRequest& request,
                                                const Credential& credential, absl::Time deadline) {
  const std::string whose = absl::StrCat("the token service of registry ", request.registry);
  const absl::StatusOr<http::Url> realm = http::Url::Parse(request.realm);
  if (!realm.ok()) {
    return absl::FailedPreconditionError(absl::StrCat(whose, ": ", realm.status().message()));
  }
  http::ClientRequest message = credential.identity_token.empty()
                                    ? BuildGet(*realm, request, credential)
                                    : BuildPost(*realm, request, credential);
  message.max_response_bytes = kMaxResponseBytes;

  const absl::Time asked = clock_.Now();
  const absl::StatusOr<RedirectFollower::Result> result =
      follower_.Send(std::move(message), deadline);
  if (!result.ok()) return base::Annotate(whose, result.status());
  const std::string who = absl::StrCat("token service ", realm->HostPort());
  CS_RETURN_IF_ERROR(TokenStatus(result->response.status, who, credential));
  CS_ASSIGN_OR_RETURN(Token token, ParseToken(result->response.body, who));
  tokens_.Put(CacheKey(request, credential), token.text,
              token.lifetime - kMargin - (clock_.Now() - asked));
  return std::move(token.text);
}

}  // namespace countersign::registry
