#ifndef COUNTERSIGN_VERIFIER_VERIFIER_ASSEMBLY_H_
#define COUNTERSIGN_VERIFIER_VERIFIER_ASSEMBLY_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "base/metrics.h"
#include "base/worker_pool.h"
#include "kube/client/cluster_connection.h"
#include "policy/policies.h"
#include "policy/sigstore/review_settings.h"
#include "registry/counting_registry.h"
#include "registry/http_registry.h"
#include "registry/paced_client.h"
#include "registry/registry_state.h"
#include "registry/warm_connections.h"
#include "registry/watched_client.h"
#include "verifier/credentials/caching_secret_reader.h"
#include "verifier/credentials/credential_finder.h"
#include "verifier/credentials/credential_providers.h"
#include "verifier/evidence/allowance.h"
#include "verifier/evidence/evidence_gatherer.h"
#include "verifier/evidence/examiner.h"
#include "verifier/evidence/signature_judge.h"
#include "verifier/memory_report.h"
#include "verifier/object_source.h"
#include "verifier/policies/named_registries.h"
#include "verifier/policies/namespace_labels.h"
#include "verifier/policies/policy_status_reporter.h"
#include "verifier/policies/policy_store.h"
#include "verifier/policies/policy_watcher.h"
#include "verifier/registries/registry_http_client.h"
#include "verifier/serving/image_verifier.h"
#include "verifier/sigstore_flags.h"
#include "verifier/sigstore_parts.h"
#include "verifier/trust/trust_keeper.h"
#include "verifier/trust/trust_store.h"

namespace countersign::verifier {

// A whole verifier, put together as the operator's flags say: the policy in force, logins,
// registries and memories, with the ImageVerifier over them. The server asks it, and so does the
// `countersign` command. Thread-safe.
class VerifierAssembly {
 public:
  // What the operator decides about verifying, whichever door the questions come through.
  struct Options {
    ObjectSource objects;
    // What holds in the place of the policies among `objects`, of which none need be named then; null:
    // those hold.
    policy::PoliciesPtr policies;
    // Which authorities registries are trusted by, and as whom they are spoken to.
    RegistryHttpClient::Options registry_client;
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
    // How long what an admitted tag meant is remembered; zero: not at all.
    absl::Duration tag_memory = absl::ZeroDuration();
    // How old what was verified may be to count for a digest whose registry cannot be reached; zero, or no
    // more than what is remembered anyway: not at all.
    absl::Duration max_stale_evidence = absl::ZeroDuration();
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
    // Policies of policy.sigstore.dev, which hold beside those.
    SigstoreOptions sigstore;
    // Keep a connection open to the registries that policies name by their hosts.
    bool keeps_registries_warm = false;
    // Write what is found about policies into their status, where they come from a cluster.
    bool report_policy_status = false;
    // Whom Sigstore's evidence is judged by; nullopt: what is shipped, where policies of
    // policy.sigstore.dev ask for anybody, and otherwise it is not kept here.
    std::optional<TrustKeeper::Options> trust;
    // Where to count; must outlive the assembly, and not be written after it. Null: nowhere.
    base::Metrics* metrics = nullptr;
  };

  // Starts to look for policies; of a directory, the Sign policy has been looked for when this
  // returns. They may be unreadable (PolicyStatus says so, and everything is denied). Errors name the
  // option at fault.
  static absl::StatusOr<std::unique_ptr<VerifierAssembly>> Create(const Options& options);
  ~VerifierAssembly();

  ImageVerifier& verifier() { return verifier_; }

  // Returns once policies of each language have been looked for, with whatever result, or at the
  // deadline.
  void AwaitPolicy(absl::Time deadline) const;

  // OK once policies, or the certain absence of any, are in force; otherwise why not.
  absl::Status PolicyStatus() const { return policies_.Get().status(); }
  // They themselves, or why there are none in force.
  absl::StatusOr<policy::PoliciesPtr> InForce() const { return policies_.Get(); }
  // By which verifiers are compared, as proto/policy_hash.h has it; "": nothing is in force.
  std::string policy_hash() const;
  // Of a namespace, as far as policies of policy.sigstore.dev ask for them; null: they are not known.
  LabelsPtr FindLabels(std::string_view namespace_name) const;
  // All there is to say about those of a language.
  PolicyState policy_state(PolicyPart part = PolicyPart::kSign) const {
    return policies_.state(part);
  }
  // The same for people, a line for each fact.
  std::vector<std::string> DescribePolicies() const;
  // The same about the trusted root; nullopt: none is kept.
  std::optional<TrustState> trust_state() const;

  // What came of asking registries, and what memories and sums hold now.
  std::vector<registry::RegistryState> registries() const { return registry_.states(); }
  std::vector<MemoryUse> memories() const;

  // What objects of policy.sigstore.dev are reviewed by before they are put in force here.
  policy::ReviewSettings review_settings() const;
  // Returns once what they are made of has been looked for (TrustRoots and the ConfigMap of the cluster,
  // among others), with whatever result, or at the deadline. The Sign policy is none of it.
  void AwaitReviewSettings(absl::Time deadline) const;

 private:
  VerifierAssembly(const Options& options, kube::ClusterConnection cluster,
                   std::unique_ptr<RegistryHttpClient> client,
                   std::unique_ptr<CredentialProviders> providers,
                   std::unique_ptr<TrustKeeper> trust);

  void AddMetrics();
  void LookForPolicy(const Options& options);
  void KeepWarm(const Options& options);
  absl::Status LookForSigstorePolicies(const Options& options);

  // Each needs only what stands before it, so that they end in the reverse order; but for the pool,
  // which comes after what its tasks use, as it is stopped before any of that goes.
  base::Metrics own_metrics_;
  base::Metrics* const metrics_;
  PolicyStore policies_;
  NamedRegistries named_registries_;  // only they are told apart in metrics and on pages
  base::ByteBudget bytes_;            // a transfer may hold some until its client has gone
  const std::string config_namespace_;
  const kube::ClusterConnection cluster_;
  const std::unique_ptr<RegistryHttpClient> client_;
  const std::unique_ptr<TrustKeeper> trust_;  // null: none is kept
  registry::WatchedClient watched_client_;
  registry::PacedClient paced_client_;
  registry::HttpRegistry http_registry_;
  registry::CountingRegistry registry_;
  CachingSecretReader secrets_;
  const std::unique_ptr<CredentialProviders> providers_;  // null: none is configured
  CredentialFinder credentials_;
  EvidenceGatherer gatherer_;
  SignatureJudge judge_;
  base::WorkerPool pool_;
  Examiner examiner_;
  ImageVerifier verifier_;
  std::unique_ptr<PolicyStatusReporter> reporter_;  // null: nothing is to be reported
  std::optional<PolicyWatcher> watcher_;            // none for policies that were given
  std::unique_ptr<SigstoreParts> sigstore_;         // null: they are not asked for
  std::optional<registry::WarmConnections> warm_;   // none: they are not kept
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_VERIFIER_ASSEMBLY_H_
