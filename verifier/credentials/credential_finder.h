#ifndef COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_FINDER_H_
#define COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_FINDER_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "base/metrics.h"
#include "base/phase_duration.h"
#include "base/share.h"
#include "base/source_shares.h"
#include "base/worker_pool.h"
#include "oci/image_reference.h"
#include "registry/credential.h"
#include "verifier/credentials/caching_secret_reader.h"
#include "verifier/credentials/credential_providers.h"
#include "verifier/credentials/credential_scope.h"
#include "verifier/credentials/pull_secrets.h"

namespace countersign::verifier {

// Something that is said of a source of credentials: to whoever reads a denial, and in the log.
// They differ where the source is not the workload's own but the operator's, whose Secrets and
// accounts are nobody else's business.
struct SourceText {
  std::string shown;
  std::string logged;
};

// A credential, and where it was found: "imagePullSecret shop/regcred", "anonymous".
struct FoundCredential {
  registry::Credential credential;
  SourceText source;
};

// Most credentials that are tried for one image, anonymous access included.
inline constexpr size_t kMaxCredentials = 20;

// Credentials from outside the cluster, such as a person's own docker configuration.
struct LocalCredentials {
  std::string source;  // for people
  std::function<std::vector<registry::Credential>(const oci::Repository&)> find;
};

// Finds the credentials for a repository, in this order: the workload's imagePullSecrets; those of
// its service account; the policy's secretRefs; the imagePullSecrets of service account
// `image-policy-registry-credentials` in the deployment's own namespace; the credential provider
// plugins that are for it, in their configuration's order; anonymous. Local credentials, where
// there are any, come before all of these. Of a service account a hundred different Secrets are read
// at most.
//
// Thread-safe.
class CredentialFinder {
 public:
  struct Options {
    // Where the service account `image-policy-registry-credentials` is.
    std::string deployment_namespace = "image-policy-system";
    std::optional<LocalCredentials> local;
    // Null: there are none. Must outlive the finder.
    CredentialProviders* providers = nullptr;
    // What is kept of pull secrets while images are looked at (pull_secrets.h), of all requests.
    size_t kept_secret_bytes = 16 << 20;
    // Where it is observed how long each call of Walk::Next takes; null: nowhere. Must outlive the finder.
    prometheus::Histogram* duration = nullptr;
  };

  // One walk along the sources. Used by one thread; must not outlive the finder. A source is read
  // only when it is its turn.
  //
  // What is remembered of the cluster, and of what plugins answered, may be old. A source that gave
  // credentials from memory is read again once they all would not do, before the next source; and
  // after the anonymous one, when nothing would do, every other source that was answered from
  // memory. Only credentials not given before come of that. So a pull secret that was changed, made
  // or named by its service account a moment ago is used at once, and a plugin's credential that
  // has ended is replaced.
  class Walk {
   public:
    // The next credential not given before, as the one given last would not do; nullopt if there
    // is none. The anonymous one is always among them, and last but for what was read again; with
    // it at most kMaxCredentials are given. Blocks on the cluster's API until `deadline` at most,
    // and on a plugin for half of the time until then: a source that cannot be read is passed over
    // and noted. Once nobody waits, none but the anonymous one is left.
    std::optional<FoundCredential> Next(absl::Time deadline) {
      const base::PhaseTimer timer(finder_->options_.duration);
      return TakeNext(deadline);
    }

    // Gives none but the anonymous one from now on, saying why: "… were refused".
    void StopNamed(std::string_view why);
    // Whether that was done, by whoever walks or for want of room for what Secrets say: then what was
    // found out is this request's, and another one may find out more.
    bool was_stopped() const { return was_stopped_; }

    // What was of no use although it should have been ("imagePullSecret shop/regcred: not found"): at
    // most 10, the last saying how many more. Behind them, if not all was tried, why not.
    std::vector<SourceText> faults() const;

   private:
    friend class CredentialFinder;
    enum class Role {
      kLocal,
      kPullSecret,
      kServiceAccount,
      kPolicySecret,
      kDeploymentAccount,
      kProvider,
    };
    // The names are the scope's and the finder's.
    struct Source {
      Role role;
      std::string_view object_namespace;
      std::string_view name;
      size_t provider = 0;
      // What came of it.
      bool was_remembered = false;  // something of it was as it was before the walk
      bool was_read_again = false;
      std::vector<SourceText> faults = {};
      size_t more_faults = 0;
    };

    Walk(const CredentialFinder* finder, ScopePtr scope, oci::Repository repository,
         const base::Share& share, base::WorkerPool::Wanted is_wanted);
    std::optional<FoundCredential> TakeNext(absl::Time deadline);
    void AddSources();
    // Starts reading the next source, or one once more. False if there is none.
    bool OpenNext(absl::Time deadline);
    void Open(absl::Time deadline);
    // `name` is a Secret that the source being read is or names.
    void OpenSecret(const std::string& name, absl::Time deadline);
    void UseSecret(const std::string& name, const PullSecrets::Parsed& config);
    void OpenServiceAccount(absl::Time deadline);
    void OpenProvider(absl::Time deadline);
    std::optional<FoundCredential> TakeFound();
    std::optional<FoundCredential> TakeAnonymous();
    // How old the objects of the source being read may be.
    absl::Time NotBefore() const;
    // What the source being read is called, or a Secret of it.
    SourceText Describe(std::string_view secret = "") const;
    // Says something of it, in the log another thing than in a denial.
    void AddFault(std::string_view secret, std::string_view shown, std::string_view logged);
    const Source& source() const { return sources_[current_]; }
    Source& source() { return sources_[current_]; }

    const CredentialFinder* finder_;
    ScopePtr scope_;
    oci::Repository repository_;
    base::Share share_;
    base::WorkerPool::Wanted is_wanted_;
    absl::Time started_;
    std::vector<Source> sources_;
    size_t opened_ = 0;                // how many of the sources have had their turn
    size_t current_ = 0;               // the source being read
    bool gave_any_ = false;            // whether it gave a credential
    std::deque<std::string> secrets_;  // its Secrets that are still to be read
    std::deque<FoundCredential> found_;
    absl::flat_hash_set<registry::Credential> given_;
    bool was_anonymous_ = false;
    size_t kept_faults_ = 0;  // of all sources; there may be many that say as much as a name has
    size_t named_left_ = kMaxCredentials - 1;
    std::string left_out_;  // why the rest was not tried
    bool was_stopped_ = false;
  };

  // `reader` must outlive the finder.
  CredentialFinder(CachingSecretReader* reader, Options options);

  // `share`: on whose behalf the sources are read, and plugins run. `is_wanted`: whether anybody
  // still waits for what comes of the walk, which nothing is waited for any longer than; null:
  // somebody does.
  Walk Find(ScopePtr scope, const oci::Repository& repository, const base::Share& share = {},
            const base::WorkerPool::Wanted& is_wanted = nullptr) const;

  // What is kept of pull secrets, by caller and namespace.
  const base::SourceShares& kept_secrets() const { return *kept_secrets_; }

 private:
  CachingSecretReader* const reader_;
  const Options options_;
  const std::shared_ptr<base::SourceShares> kept_secrets_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_CREDENTIALS_CREDENTIAL_FINDER_H_
