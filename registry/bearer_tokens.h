#ifndef COUNTERSIGN_REGISTRY_BEARER_TOKENS_H_
#define COUNTERSIGN_REGISTRY_BEARER_TOKENS_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/expiring_cache.h"
#include "http/client/client.h"
#include "registry/credential.h"
#include "registry/redirect_follower.h"

namespace countersign::registry {

// What a token is for: who asks for it, who issues it, and what it allows.
struct TokenRequest {
  std::string registry;  // which registry's challenge it answers
  std::string realm;     // the token service's URL
  std::string service;   // or ""
  std::string scope;     // "repository:team/app:pull"; "" for nothing but to be let in

  friend bool operator==(const TokenRequest&, const TokenRequest&) = default;
};

// Gets bearer tokens from token services (distribution specifications, "Token Authentication" and
// "OAuth2 Token Authentication"), and keeps them while they hold. Thread-safe.
//
// Anonymously or with user name and password by GET; with an identity token by POST and, where that
// is refused and there is a password too, by GET. Whoever calls has made sure that the service may
// see the credential. A token holds for `expires_in` seconds, 60 where that is absent and an hour
// at most, by our clock and from the time it was asked for: the service's own clock (`issued_at`)
// is not trusted. It is not used in its last ten seconds.
class BearerTokens {
 public:
  // Who names the service: the registry itself, which vouches for it (RegistryPing::Vouches), or only
  // a repository. Through one of the latter its owner must find out nothing about the hosts that we
  // can reach: whatever goes wrong there is the same error. Neither is asked at loopback or link-local
  // addresses, except on the registry's own host or where the registry itself has such an address.
  enum class NamedBy { kRepository, kRegistry };

  // All must outlive this. Tokens are kept up to `max_bytes` in all.
  BearerTokens(RedirectFollower* follower, const base::Clock* clock, size_t max_bytes);

  // The token that is kept for this, if any. Asks nobody.
  std::optional<std::string> Find(const TokenRequest& request, const Credential& credential);

  // A new token, which is then kept. Errors name the token service, and never a secret:
  //   Unauthenticated, PermissionDenied  it refused the credential (also 400 for an identity token:
  //                                      RFC 6749, section 5.2); or only a repository names it,
  //                                      and it gave none
  //   FailedPrecondition  the realm is no URL, without TLS or not there, or the answer is not
  //                       understood
  //   ResourceExhausted   429, with what it says of its time (retry_after.h)
  //   Unavailable, DeadlineExceeded  as in registry.h
  absl::StatusOr<std::string> Fetch(const TokenRequest& request, const Credential& credential,
                                    NamedBy named_by, absl::Time deadline);

  // What is remembered at this moment, and what it weighs.
  size_t entries() const { return tokens_.size(); }
  size_t bytes() const { return tokens_.weight(); }

 private:
  absl::StatusOr<std::string> FetchBy(http::ClientRequest message, const TokenRequest& request,
                                      const Credential& credential, NamedBy named_by,
                                      absl::Time deadline);

  RedirectFollower& follower_;
  const base::Clock& clock_;
  base::ExpiringCache<std::string> tokens_;
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_BEARER_TOKENS_H_
