#ifndef COUNTERSIGN_REGISTRY_AUTHENTICATOR_H_
#define COUNTERSIGN_REGISTRY_AUTHENTICATOR_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/expiring_cache.h"
#include "http/client/client.h"
#include "oci/image_reference.h"
#include "registry/bearer_tokens.h"
#include "registry/challenge_choice.h"
#include "registry/credential.h"
#include "registry/redirect_follower.h"
#include "registry/registry_ping.h"

namespace countersign::registry {

// Turns a credential into the Authorization header that a registry wants: basic, or bearer with a
// token got for it. Thread-safe.
//
// How a repository wants it is remembered for ten minutes, so that most requests are right the first
// time, and for that repository alone: another one may have another owner, and another token
// service. A token service on another host than the registry's is shown a credential only if the
// registry itself names that host (RegistryPing::Vouches), not on a repository's word.
class Authenticator {
 public:
  // What to send before being asked.
  struct Guess {
    std::string authorization;  // "": nothing
    // The token that was asked for in vain, and why it was not given.
    std::optional<TokenRequest> missed;
    absl::Status failure;
  };

  // All must outlive this. What is remembered takes `max_bytes` at most.
  Authenticator(RegistryPing* ping, BearerTokens* tokens, const base::Clock* clock,
                size_t max_bytes);

  // Nothing of a password goes to a registry that has not asked for it. May fetch a token; that none
  // is given says nothing yet, for the repository may want another one by now.
  Guess Anticipate(const oci::Repository& repository, const Credential& credential,
                   absl::Time deadline);

  // What to send after `guess` was answered with a challenge. Errors:
  //   Unauthenticated     there is nothing better to send: the credential was refused, or is of no
  //                       use for what is wanted
  //   FailedPrecondition  no challenge is understood, or the token service is not to be trusted
  //                       with the credential
  //   and those of BearerTokens::Fetch and RegistryPing
  absl::StatusOr<std::string> Answer(const http::ClientResponse& challenge,
                                     const oci::Repository& repository,
                                     const Credential& credential, const Guess& guess,
                                     absl::Time deadline);

  // What to send to a repository that hides itself from anonymous requests, without a challenge:
  // what the registry itself wants; "" if that is nothing that this credential has. Errors as of
  // Answer.
  absl::StatusOr<std::string> AnswerPing(const oci::Repository& repository,
                                         const Credential& credential, absl::Time deadline);

  // What to send, anonymously, to another host that the registry redirected to and that asked for a
  // token; "" if it asked for something else. Errors as of BearerTokens::Fetch.
  absl::StatusOr<std::string> AnswerElsewhere(const RedirectFollower::Result& unauthorized,
                                              absl::Time deadline);

  // What is remembered at this moment, and what it weighs.
  size_t entries() const { return challenges_.size(); }
  size_t bytes() const { return challenges_.weight(); }

 private:
  absl::StatusOr<std::string> AnswerChallenge(const ChosenChallenge& wanted,
                                              const oci::Repository& repository,
                                              const Credential& credential, const Guess& guess,
                                              absl::Time deadline);
  absl::StatusOr<std::string> FetchToken(const TokenRequest& request, const Credential& credential,
                                         absl::Time deadline);
  void Remember(const oci::Repository& repository, const ChosenChallenge& wanted);

  RegistryPing& ping_;
  BearerTokens& tokens_;
  base::ExpiringCache<ChosenChallenge> challenges_;  // by repository
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_AUTHENTICATOR_H_
