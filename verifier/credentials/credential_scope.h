#ifndef COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_SCOPE_H_
#define COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_SCOPE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "policy/secret_reference.h"
#include "verifier/credentials/pull_secrets.h"

namespace countersign::verifier {

// On whose behalf an image is looked at, as far as it decides which credentials may be used.
struct CredentialScope {
  // Empty: no credentials of a workload are used.
  std::string workload_namespace;
  std::string service_account;  // empty means "default"
  std::vector<std::string> image_pull_secrets;
  // The secretRefs of the policy's patterns that match the image.
  std::vector<policy::SecretReference> policy_secrets;

  // Whoever asks has no right to the cluster's credentials: only anonymous access is tried,
  // whatever else the scope says.
  bool anonymous_only = false;

  // The SHA-256 of everything above, 32 bytes: the same exactly for equal scopes, as which all that
  // are anonymous only count.
  std::string Key() const;
};

// A scope that all images of a request share, whoever looks at them, its key, and what its pull
// secrets say.
struct SharedScope {
  explicit SharedScope(CredentialScope credential_scope)
      : scope(std::move(credential_scope)), key(scope.Key()) {}
  const CredentialScope scope;
  const std::string key;
  mutable PullSecrets pull_secrets;
};
using ScopePtr = std::shared_ptr<const SharedScope>;

inline ScopePtr ShareScope(CredentialScope scope) {
  return std::make_shared<const SharedScope>(std::move(scope));
}

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_SCOPE_H_
