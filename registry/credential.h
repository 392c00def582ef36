#ifndef COUNTERSIGN_REGISTRY_CREDENTIAL_H_
#define COUNTERSIGN_REGISTRY_CREDENTIAL_H_

#include <string>
#include <utility>

namespace countersign::registry {

// What to show a registry. An empty one is anonymous. Deliberately without a way to print itself.
struct Credential {
  std::string username;
  std::string password;
  // An OAuth2 refresh token ("identitytoken" in docker's configuration); used instead of the
  // password.
  std::string identity_token;
  // A registry's bearer token ("registrytoken"), sent as it is.
  std::string registry_token;

  bool IsAnonymous() const {
    return username.empty() && password.empty() && identity_token.empty() && registry_token.empty();
  }
  friend bool operator==(const Credential&, const Credential&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const Credential& c) {
    return H::combine(std::move(h), c.username, c.password, c.identity_token, c.registry_token);
  }
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_CREDENTIAL_H_
