#ifndef COUNTERSIGN_VERIFIER_SIGSTORE_PARTS_H_
#define COUNTERSIGN_VERIFIER_SIGSTORE_PARTS_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/metrics.h"
#include "kube/client/cluster_connection.h"
#include "kube/object_feed.h"
#include "policy/sigstore/review_settings.h"
#include "verifier/policies/kms_keys.h"
#include "verifier/policies/namespace_labels.h"
#include "verifier/policies/policy_status_reporter.h"
#include "verifier/policies/policy_store.h"
#include "verifier/policies/policy_trust_roots.h"
#include "verifier/policies/sigstore_policies.h"
#include "verifier/sigstore_flags.h"
#include "verifier/trust/trust_store.h"

namespace countersign::verifier {

// What a verifier has for policies of policy.sigstore.dev. Thread-safe.
class SigstoreParts {
 public:
  // What it is put together from. All pointers but the first outlive it, and only `trust` and `trust_roots`
  // may be null.
  struct World {
    const kube::ClusterConnection* cluster = nullptr;
    PolicyStore* store = nullptr;
    base::Metrics* metrics = nullptr;
    const TrustStore* trust = nullptr;  // null: nobody is trusted where nothing else is named
    // What reads TrustRoots, and calls its argument whenever they have changed; null: they are not read.
    std::function<std::unique_ptr<PolicyTrustRoots>(std::function<void()> on_change)>
        open_trust_roots;
    bool is_directory = false;    // the cluster is one, whose Secrets are in memory already
    bool reports_status = false;  // where there is somewhere to write it
    std::function<void()> on_read;
  };

  // Whether a directory that stands in for a cluster has any object of policy.sigstore.dev.
  static bool AreAny(kube::ObjectFeed* directory);

  // Starts. Errors name the flag at fault.
  static absl::StatusOr<std::unique_ptr<SigstoreParts>> Create(const SigstoreOptions& options,
                                                               World world);
  ~SigstoreParts();

  const NamespaceLabels& namespaces() const { return *namespaces_; }
  // As SigstorePolicies has it.
  policy::ReviewSettings review_settings() const { return policies_->review_settings(); }
  void AwaitFirst(absl::Time deadline) const { policies_->AwaitFirst(deadline); }
  // A line for each fact.
  std::vector<std::string> Describe() const;

 private:
  explicit SigstoreParts(World world) : world_(std::move(world)) {}

  void Start(const SigstoreOptions& options);
  void AddMetrics();
  // Of what may change before the policies are there, and after they have gone.
  void Touch() ABSL_LOCKS_EXCLUDED(mutex_);

  const World world_;
  absl::Mutex mutex_;
  SigstorePolicies* touched_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::unique_ptr<KmsKeys> kms_keys_;
  std::unique_ptr<PolicyTrustRoots> trust_roots_;
  std::unique_ptr<NamespaceLabels> namespaces_;
  std::unique_ptr<PolicyStatusReporter> reporter_;  // null: nothing is reported
  std::unique_ptr<SigstorePolicies> policies_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SIGSTORE_PARTS_H_
