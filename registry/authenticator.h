#ifndef COUNTERSIGN_REGISTRY_AUTHENTICATOR_H_
#define COUNTERSIGN_REGISTRY_AUTHENTICATOR_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/expiring_cache.h"
#include "http/client.h"
#include "oci/image_reference.h"
#include "registry/auth_challenge.h"
#include "registry/bearer_tokens.h"
#include "registry/credential.h"
#include "registry/insecure_hosts.h"

namespace countersign::registry {

// Turns a credential into the Authorization header that a registry wants: basic, or bearer with a
// token got for it. Remembers for ten minutes how each registry wants it, so that most requests are
// right the first time. Thread-safe.
class Authenticator {
 public:
  // All must outlive this.
  Authenticator(http::Client* client, const InsecureHosts* insecure, const base::Clock* clock);

  // What to send before being asked, or "": nothing of a password goes to a registry that has not
  // asked for it. May fetch a token, with the errors of BearerTokens::Fetch.
  absl::StatusOr<std::string> Anticipate(const oci::Repository& repository,
                                         const Credential& credential, absl::Time deadline);

  // What to send after `sent` ("" for nothing) was answered with 401. Errors:
  //   Unauthenticated     there is nothing better to send: the credential was refused
  //   FailedPrecondition  no challenge is understood
  //   and those of BearerTokens::Fetch
  absl::StatusOr<std::string> Answer(const http::ClientResponse& unauthorized,
                                     const oci::Repository& repository,
                                     const Credential& credential, const std::string& sent,
                                     absl::Time deadline);

 private:
  absl::StatusOr<std::string> AnswerBearer(const AuthChallenge& challenge,
                                           const oci::Repository& repository,
                                           const Credential& credential, const std::string& sent,
                                           absl::Time deadline);

  BearerTokens tokens_;
  base::ExpiringCache<AuthChallenge> challenges_;  // by registry
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_AUTHENTICATOR_H_
