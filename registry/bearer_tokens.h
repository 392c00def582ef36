#ifndef COUNTERSIGN_REGISTRY_BEARER_TOKENS_H_
#define COUNTERSIGN_REGISTRY_BEARER_TOKENS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/expiring_cache.h"
#include "http/client.h"
#include "registry/credential.h"
#include "registry/insecure_hosts.h"
#include "registry/redirect_follower.h"

namespace countersign::registry {

// What a token is for: who asks for it, who issues it, and what it allows.
struct TokenRequest {
  std::string registry;  // which registry's challenge it answers
  std::string realm;     // the token service's URL
  std::string service;   // or ""
  std::string scope;     // "repository:team/app:pull"
};

// Gets bearer tokens from token services (distribution specifications, "Token Authentication" and
// "OAuth2 Token Authentication"), and keeps them while they hold. Thread-safe.
//
// Anonymously or with user name and password by GET; with an identity token by POST. The password
// goes to the service that the registry names, on whatever host, as with other clients. A token
// holds for `expires_in` seconds, 60 where that is absent and an hour at most, by our clock and
// from the time it was asked for: the service's own clock (`issued_at`) is not trusted. It is not
// used in its last ten seconds.
class BearerTokens {
 public:
  // All must outlive this.
  BearerTokens(http::Client* client, const InsecureHosts* insecure, const base::Clock* clock);

  // The token that is kept for this, if any. Asks nobody.
  std::optional<std::string> Find(const TokenRequest& request, const Credential& credential);

  // A new token, which is then kept. Errors name the token service, and never a secret:
  //   Unauthenticated, PermissionDenied  it refused the credential (also 400 for an identity token:
  //                                      RFC 6749, section 5.2)
  //   FailedPrecondition  the realm is no URL, without TLS or not there, or the answer is not
  //                       understood
  //   Unavailable, ResourceExhausted, DeadlineExceeded  as in registry.h
  absl::StatusOr<std::string> Fetch(const TokenRequest& request, const Credential& credential,
                                    absl::Time deadline);

 private:
  const RedirectFollower follower_;
  const base::Clock& clock_;
  base::ExpiringCache<std::string> tokens_;
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_BEARER_TOKENS_H_
