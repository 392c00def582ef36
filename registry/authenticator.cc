#include "registry/authenticator.h"

#include <cstddef>
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
#include "http/client/client.h"
#include "http/client/url.h"
#include "oci/image_reference.h"
#include "registry/authorization.h"
#include "registry/bearer_tokens.h"
#include "registry/challenge_choice.h"
#include "registry/credential.h"
#include "registry/redirect_follower.h"
#include "registry/registry_ping.h"
#include "registry/response_status.h"

namespace countersign::registry {
namespace {

constexpr size_t kMaxRepositories = 4000;
constexpr size_t kEntryBytes = 200;  // of the cache's own
constexpr absl::Duration kLifetime = absl::Minutes(10);

// What a registry asks for to let somebody pull (distribution specification, "Token Scope
// Documentation").
std::string PullScope(std::string_view path) { return absl::StrCat("repository:", path, ":pull"); }

TokenRequest BuildTokenRequest(const ChosenChallenge& wanted, const oci::Repository& repository) {
  return {.registry = repository.registry,
          .realm = wanted.realm,
          .service = wanted.service,
          .scope = wanted.scope.empty() ? PullScope(repository.path) : wanted.scope};
}

// The repository in a path of the distribution API, or "".
std::string_view RepositoryIn(std::string_view path) {
  constexpr std::string_view kRoot = "/v2/";
  if (!absl::StartsWith(path, kRoot)) return "";
  for (const std::string_view kind : {"/manifests/", "/blobs/", "/referrers/"}) {
    const size_t end = path.rfind(kind);
    if (end != std::string_view::npos && end > kRoot.size()) {
      return path.substr(kRoot.size(), end - kRoot.size());
    }
  }
  return "";
}

}  // namespace

Authenticator::Authenticator(RegistryPing* ping, BearerTokens* tokens, const base::Clock* clock,
                             size_t max_bytes)
    : ping_(*ping), tokens_(*tokens), challenges_(clock, kMaxRepositories, max_bytes) {}

Authenticator::Guess Authenticator::Anticipate(const oci::Repository& repository,
                                               const Credential& credential, absl::Time deadline) {
  Guess guess;
  if (!credential.registry_token.empty()) {
    guess.authorization = WriteBearer(credential.registry_token);
    return guess;
  }
  const std::optional<ChosenChallenge> known = challenges_.Find(repository.ToString());
  if (!known.has_value()) return guess;
  if (known->scheme == ChosenChallenge::Scheme::kBasic) {
    guess.authorization = WriteBasic(credential);
    return guess;
  }
  const TokenRequest request = BuildTokenRequest(*known, repository);
  std::optional<std::string> kept = tokens_.Find(request, credential);
  absl::StatusOr<std::string> token =
      kept.has_value() ? *std::move(kept) : FetchToken(request, credential, deadline);
  if (token.ok()) {
    guess.authorization = WriteBearer(*token);
    return guess;
  }
  challenges_.Remove(repository.ToString());
  guess.missed = request;
  guess.failure = token.status();
  return guess;
}

absl::StatusOr<std::string> Authenticator::Answer(const http::ClientResponse& challenge,
                                                  const oci::Repository& repository,
                                                  const Credential& credential, const Guess& guess,
                                                  absl::Time deadline) {
  const absl::Status refused = ResponseStatus(
      401, Who(repository.registry), guess.authorization.empty() ? Credential() : credential);
  if (!credential.registry_token.empty()) return refused;
  const std::optional<ChosenChallenge> wanted = ChooseChallenge(challenge);
  if (wanted.has_value()) return AnswerChallenge(*wanted, repository, credential, guess, deadline);
  const std::string unknown = DescribeUnknownChallenge(challenge);
  if (unknown.empty()) return refused;
  return absl::FailedPreconditionError(
      absl::StrCat(Who(repository.registry), " wants ", unknown, ", which is not known here"));
}

absl::StatusOr<std::string> Authenticator::AnswerChallenge(const ChosenChallenge& wanted,
                                                           const oci::Repository& repository,
                                                           const Credential& credential,
                                                           const Guess& guess,
                                                           absl::Time deadline) {
  if (wanted.scheme == ChosenChallenge::Scheme::kBasic) {
    Remember(repository, wanted);
    std::string basic = WriteBasic(credential);
    const bool is_useless = basic.empty() || basic == guess.authorization;
    if (!is_useless) return basic;
    return ResponseStatus(401, Who(repository.registry), basic.empty() ? Credential() : credential);
  }
  const TokenRequest request = BuildTokenRequest(wanted, repository);
  if (guess.missed == request) return guess.failure;  // That was asked a moment ago.
  std::optional<std::string> token = tokens_.Find(request, credential);
  if (!token.has_value() || WriteBearer(*token) == guess.authorization) {
    CS_ASSIGN_OR_RETURN(token, FetchToken(request, credential, deadline));
  }
  Remember(repository, wanted);
  std::string bearer = WriteBearer(*token);
  if (bearer != guess.authorization) return bearer;
  return ResponseStatus(401, Who(repository.registry), credential);
}

absl::StatusOr<std::string> Authenticator::AnswerPing(const oci::Repository& repository,
                                                      const Credential& credential,
                                                      absl::Time deadline) {
  CS_ASSIGN_OR_RETURN(std::optional<ChosenChallenge> wanted,
                      ping_.FindChallenge(repository.registry, deadline));
  if (!wanted.has_value()) return "";
  const bool has_nothing =
      wanted->scheme == ChosenChallenge::Scheme::kBasic && WriteBasic(credential).empty();
  if (has_nothing) return "";
  wanted->scope.clear();  // Of the registry, not of the repository.
  return AnswerChallenge(*wanted, repository, credential, {}, deadline);
}

absl::StatusOr<std::string> Authenticator::FetchToken(const TokenRequest& request,
                                                      const Credential& credential,
                                                      absl::Time deadline) {
  using NamedBy = BearerTokens::NamedBy;
  const absl::StatusOr<http::Url> realm = http::Url::Parse(request.realm);
  // Then nobody is asked, and Fetch says why.
  if (!realm.ok()) return tokens_.Fetch(request, credential, NamedBy::kRegistry, deadline);
  const absl::StatusOr<bool> vouches = ping_.Vouches(request.registry, *realm, deadline);
  if (!credential.IsAnonymous()) {
    CS_RETURN_IF_ERROR(vouches.status());
    if (!*vouches) {
      return absl::FailedPreconditionError(absl::StrCat(
          Who(request.registry), " names a token service on ", realm->HostPort(),
          " for this repository, but not at /v2/ for itself, so that it is shown no credential"));
    }
  }
  const bool is_named_by_registry = vouches.ok() && *vouches;
  return tokens_.Fetch(request, credential,
                       is_named_by_registry ? NamedBy::kRegistry : NamedBy::kRepository, deadline);
}

absl::StatusOr<std::string> Authenticator::AnswerElsewhere(
    const RedirectFollower::Result& unauthorized, absl::Time deadline) {
  const std::optional<ChosenChallenge> wanted = ChooseChallenge(unauthorized.response);
  if (!wanted.has_value() || wanted->scheme != ChosenChallenge::Scheme::kBearer) return "";
  const std::string_view path = RepositoryIn(unauthorized.url.path_and_query());
  const std::string usual = path.empty() ? "" : PullScope(path);
  const TokenRequest request = {.registry = unauthorized.url.HostPort(),
                                .realm = wanted->realm,
                                .service = wanted->service,
                                .scope = wanted->scope.empty() ? usual : wanted->scope};
  if (std::optional<std::string> kept = tokens_.Find(request, {})) return WriteBearer(*kept);
  CS_ASSIGN_OR_RETURN(const std::string token,
                      tokens_.Fetch(request, {}, BearerTokens::NamedBy::kRepository, deadline));
  return WriteBearer(token);
}

void Authenticator::Remember(const oci::Repository& repository, const ChosenChallenge& wanted) {
  const std::string key = repository.ToString();
  challenges_.Put(key, wanted, kLifetime, key.size() + wanted.bytes() + kEntryBytes);
}

}  // namespace countersign::registry
