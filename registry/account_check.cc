#include "registry/account_check.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "http/client/client.h"
#include "registry/authorization.h"
#include "registry/bearer_tokens.h"
#include "registry/challenge_choice.h"
#include "registry/credential.h"
#include "registry/credential_key.h"
#include "registry/redirect_follower.h"
#include "registry/registry_host.h"
#include "registry/registry_ping.h"

namespace countersign::registry {
namespace {

constexpr size_t kMaxNotRefused = 1000;
constexpr absl::Duration kNotRefusedLifetime = absl::Minutes(1);

}  // namespace

AccountCheck::AccountCheck(RegistryPing* ping, RegistryHosts* hosts, BearerTokens* tokens,
                           const base::Clock* clock)
    : ping_(*ping), hosts_(*hosts), tokens_(*tokens), not_refused_(clock, kMaxNotRefused) {}

bool AccountCheck::IsRefused(const std::string& registry, const Credential& credential,
                             absl::Time deadline) {
  const std::string key = CredentialKey({registry}, credential);
  if (not_refused_.Find(key).has_value()) return false;
  if (Ask(registry, credential, deadline)) return true;
  not_refused_.Put(key, true, kNotRefusedLifetime);
  return false;
}

bool AccountCheck::Ask(const std::string& registry, const Credential& credential,
                       absl::Time deadline) {
  const absl::StatusOr<std::optional<ChosenChallenge>> wanted =
      ping_.FindChallenge(registry, deadline);
  if (!wanted.ok() || !wanted->has_value()) return false;
  if ((*wanted)->scheme == ChosenChallenge::Scheme::kBearer) {
    const TokenRequest request = {.registry = registry,
                                  .realm = (*wanted)->realm,
                                  .service = (*wanted)->service,
                                  .scope = ""};
    return absl::IsUnauthenticated(
        tokens_.Fetch(request, credential, BearerTokens::NamedBy::kRegistry, deadline).status());
  }
  const std::string basic = WriteBasic(credential);
  if (basic.empty()) return false;
  http::ClientRequest request;
  request.url = "/v2/";
  request.max_response_bytes = kMaxLoginBytes;
  const absl::StatusOr<RedirectFollower::Result> result =
      hosts_.Send(registry, std::move(request), basic, RedirectFollower::Targets::kNone, deadline);
  return result.ok() && result->response.status == 401;
}

}  // namespace countersign::registry
