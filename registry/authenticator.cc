#include "registry/authenticator.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "http/client.h"
#include "oci/image_reference.h"
#include "registry/auth_challenge.h"
#include "registry/bearer_tokens.h"
#include "registry/credential.h"
#include "registry/response_status.h"

namespace countersign::registry {
namespace {

constexpr size_t kMaxRegistries = 1000;
constexpr absl::Duration kChallengeLifetime = absl::Minutes(10);

std::string Who(const oci::Repository& repository) {
  return absl::StrCat("registry ", repository.registry);
}

// What a registry asks for to let somebody pull (distribution specification, "Token Scope
// Documentation").
std::string PullScope(const oci::Repository& repository) {
  return absl::StrCat("repository:", repository.path, ":pull");
}

TokenRequest BuildTokenRequest(const AuthChallenge& challenge, const oci::Repository& repository) {
  return {.registry = repository.registry,
          .realm = std::string(challenge.FindParam("realm").value_or("")),
          .service = std::string(challenge.FindParam("service").value_or("")),
          .scope = std::string(challenge.FindParam("scope").value_or(PullScope(repository)))};
}

std::string WriteBasic(const Credential& credential) {
  if (credential.username.empty()) return "";
  return absl::StrCat(
      "Basic ", absl::Base64Escape(absl::StrCat(credential.username, ":", credential.password)));
}

std::string WriteBearer(std::string_view token) { return absl::StrCat("Bearer ", token); }

// Of the challenges that are understood: bearer before basic, which says less to the registry. A
// field that is malformed does not spoil another.
std::optional<AuthChallenge> ChooseChallenge(const http::ClientResponse& response) {
  std::optional<AuthChallenge> basic;
  for (const auto& [name, value] : response.headers) {
    if (name != "www-authenticate") continue;
    absl::StatusOr<std::vector<AuthChallenge>> challenges = ParseAuthChallenges(value);
    if (!challenges.ok()) continue;
    for (AuthChallenge& challenge : *challenges) {
      if (challenge.scheme == "bearer" && challenge.FindParam("realm").has_value()) {
        return std::move(challenge);
      }
      if (challenge.scheme == "basic" && !basic.has_value()) basic = std::move(challenge);
    }
  }
  return basic;
}

}  // namespace

Authenticator::Authenticator(http::Client* client, const InsecureHosts* insecure,
                             const base::Clock* clock)
    : tokens_(client, insecure, clock), challenges_(clock, kMaxRegistries) {}

absl::StatusOr<std::string> Authenticator::Anticipate(const oci::Repository& repository,
                                                      const Credential& credential,
                                                      absl::Time deadline) {
  if (!credential.registry_token.empty()) return WriteBearer(credential.registry_token);
  const std::optional<AuthChallenge> known = challenges_.Find(repository.registry);
  if (!known.has_value()) return "";
  if (known->scheme == "basic") return WriteBasic(credential);

  const TokenRequest request = BuildTokenRequest(*known, repository);
  if (const std::optional<std::string> token = tokens_.Find(request, credential)) {
    return WriteBearer(*token);
  }
  const absl::StatusOr<std::string> token = tokens_.Fetch(request, credential, deadline);
  if (token.ok()) return WriteBearer(*token);
  // The registry may name another service by now: the next request asks it.
  challenges_.Remove(repository.registry);
  return token.status();
}

absl::StatusOr<std::string> Authenticator::Answer(const http::ClientResponse& unauthorized,
                                                  const oci::Repository& repository,
                                                  const Credential& credential,
                                                  const std::string& sent, absl::Time deadline) {
  const absl::Status refused = ResponseStatus(401, Who(repository), credential);
  if (!credential.registry_token.empty()) return refused;
  std::optional<AuthChallenge> challenge = ChooseChallenge(unauthorized);
  if (!challenge.has_value()) {
    if (!unauthorized.FindHeader("www-authenticate").has_value()) return refused;
    return absl::FailedPreconditionError(
        absl::StrCat(Who(repository), " wants a kind of authentication that is not known here"));
  }

  if (challenge->scheme == "bearer") {
    return AnswerBearer(*challenge, repository, credential, sent, deadline);
  }
  challenges_.Put(repository.registry, *challenge, kChallengeLifetime);
  std::string basic = WriteBasic(credential);
  if (basic.empty() || basic == sent) return refused;
  return basic;
}

absl::StatusOr<std::string> Authenticator::AnswerBearer(const AuthChallenge& challenge,
                                                        const oci::Repository& repository,
                                                        const Credential& credential,
                                                        const std::string& sent,
                                                        absl::Time deadline) {
  const TokenRequest request = BuildTokenRequest(challenge, repository);
  std::optional<std::string> token = tokens_.Find(request, credential);
  if (!token.has_value() || WriteBearer(*token) == sent) {
    CS_ASSIGN_OR_RETURN(token, tokens_.Fetch(request, credential, deadline));
  }
  // The usual scope can be told for the registry's other repositories too.
  if (request.scope == PullScope(repository)) {
    AuthChallenge general = challenge;
    std::erase_if(general.params, [](const auto& param) { return param.first == "scope"; });
    challenges_.Put(repository.registry, std::move(general), kChallengeLifetime);
  }
  if (WriteBearer(*token) == sent) return ResponseStatus(401, Who(repository), credential);
  return WriteBearer(*token);
}

}  // namespace countersign::registry
