#ifndef COUNTERSIGN_VERIFIER_CREDENTIAL_FINDER_H_
#define COUNTERSIGN_VERIFIER_CREDENTIAL_FINDER_H_

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "kube/api.h"
#include "oci/image_reference.h"
#include "policy/image_policy.h"
#include "registry/credential.h"

namespace countersign::verifier {

// On whose behalf an image is looked at, as far as it decides which credentials may be used.
struct CredentialScope {
  // Empty: no credentials of a workload are used.
  std::string workload_namespace;
  std::string service_account;  // empty means "default"
  std::vector<std::string> image_pull_secrets;
  // The secretRefs of the policy's patterns that match the image.
  std::vector<policy::SecretName> policy_secrets;

  // A text that is the same exactly for equal scopes.
  std::string Key() const;
};

// A credential, and where it was found, for people: "imagePullSecret shop/regcred", "anonymous".
struct FoundCredential {
  registry::Credential credential;
  std::string source;
};

// Credentials from outside the cluster, such as a person's own docker configuration.
struct LocalCredentials {
  std::string source;  // for people
  std::function<std::vector<registry::Credential>(const oci::Repository&)> find;
};

// Finds the credentials for a repository, in this order: the workload's imagePullSecrets; those of
// its service account; the policy's secretRefs; the imagePullSecrets of service account
// `image-policy-registry-credentials` in the deployment's own namespace; anonymous. Local
// credentials, where there are any, come before all of these.
//
// Thread-safe.
class CredentialFinder {
 public:
  struct Options {
    // Where the service account `image-policy-registry-credentials` is.
    std::string deployment_namespace = "image-policy-system";
    std::optional<LocalCredentials> local;
  };

  // One walk along the sources. Used by one thread; must not outlive the finder. A source is read
  // only when it is its turn.
  class Walk {
   public:
    // The next credential not given before; nullopt after the anonymous one, which is always the
    // last. Blocks on the cluster's API, until `deadline` at most: a source that cannot be read is
    // passed over and noted.
    std::optional<FoundCredential> Next(absl::Time deadline);

    // Sources that gave nothing although they should have ("imagePullSecret shop/regcred: not
    // found").
    const std::vector<std::string>& faults() const { return faults_; }

   private:
    friend class CredentialFinder;
    struct Source {
      enum class Kind { kLocal, kSecret, kServiceAccount };
      Kind kind;
      std::string object_namespace;
      std::string name;
      std::string description;
    };

    Walk(const CredentialFinder* finder, oci::Repository repository)
        : finder_(finder), repository_(std::move(repository)) {}
    void Open(const Source& source, absl::Time deadline);
    void OpenSecret(const Source& source, absl::Time deadline);
    void OpenServiceAccount(const Source& source, absl::Time deadline);

    const CredentialFinder* finder_;
    oci::Repository repository_;
    std::deque<Source> sources_;
    std::deque<FoundCredential> found_;
    absl::flat_hash_set<registry::Credential> given_;
    std::vector<std::string> faults_;
    bool ended_ = false;
  };

  // `api` must outlive the finder.
  CredentialFinder(kube::Api* api, Options options);

  Walk Find(const CredentialScope& scope, const oci::Repository& repository) const;

 private:
  kube::Api* const api_;
  const Options options_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_CREDENTIAL_FINDER_H_
