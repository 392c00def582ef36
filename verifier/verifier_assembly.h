#ifndef COUNTERSIGN_VERIFIER_VERIFIER_ASSEMBLY_H_
#define COUNTERSIGN_VERIFIER_VERIFIER_ASSEMBLY_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/metrics.h"
#include "kube/object_feed.h"
#include "verifier/credentials/credential_finder.h"
#include "verifier/evidence/allowance.h"
#include "verifier/object_source.h"
#include "verifier/policies/policy_store.h"
#include "verifier/serving/image_verifier.h"

namespace countersign::verifier {

// A whole verifier, put together as the operator's flags say: the policy in force, logins,
// registries and memories, with the ImageVerifier over them. The server asks it, and so does the
// `countersign` command. Thread-safe.
class VerifierAssembly {
 public:
  // What the operator decides about verifying, whichever door the questions come through.
  struct Options {
    ObjectSource objects;
    // The policy that holds in the place of those among `objects`, of which none need be named then.
    std::optional<kube::Object> policy;
    // PEM files with roots trusted for registries beside the system's.
    std::vector<std::string> registry_ca_files;
    // Secrets with more of them, each "NAMESPACE/NAME" (registry_ca_secrets.h).
    std::vector<std::string> registry_ca_secrets;
    // Client certificates for registries, each "HOST=NAMESPACE/NAME" (registry_identities.h).
    std::vector<std::string> registry_client_certs;
    // Hosts, as written in references, that may be spoken to without TLS or with any certificate.
    std::vector<std::string> insecure_registries;
    bool allow_unmatched_images = false;
    bool deny_short_names = false;
    // What one request may take of public-key work and refused credentials.
    Allowance::Limits allowance;
    // Bytes of registries' answers that may be held at a time, in all and for one request; and what
    // remembered signatures may weigh.
    size_t registry_bytes = 64 << 20;
    size_t registry_bytes_per_request = 24 << 20;
    size_t signature_cache_bytes = 64 << 20;
    size_t token_cache_bytes = 4 << 20;
    std::string registry_credentials_namespace = "image-policy-system";
    // The kubelet's configuration of credential provider plugins, and the directory of their
    // programs; both or none.
    std::string credential_provider_config;
    std::string credential_provider_bin_dir;
    // Credentials from outside the cluster, asked first.
    std::optional<LocalCredentials> local_credentials;
    // Called whenever a policy, or the certain absence of one, has been put in force; maybe on
    // another thread.
    std::function<void()> on_policy_read;
    // Write what is found about policies into their status, where they come from a cluster.
    bool report_policy_status = false;
    // Where to count; must outlive the assembly, and not be written after it. Null: nowhere.
    base::Metrics* metrics = nullptr;
  };

  // Starts to look for the policy, which in a directory has been looked for when this returns. It
  // may be unreadable (PolicyStatus says so, and everything is denied). Errors name the option at
  // fault.
  static absl::StatusOr<std::unique_ptr<VerifierAssembly>> Create(const Options& options);
  ~VerifierAssembly();

  ImageVerifier& verifier();

  // Returns once the policy has been looked for, with whatever result, or at the deadline.
  void AwaitPolicy(absl::Time deadline) const;

  // OK once a policy, or the certain absence of one, is in force; otherwise why not.
  absl::Status PolicyStatus() const;
  // All there is to say about it.
  PolicyState policy_state() const;

 private:
  struct Given;
  struct Parts;
  explicit VerifierAssembly(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_VERIFIER_ASSEMBLY_H_
