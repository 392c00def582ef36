#ifndef COUNTERSIGN_VERIFIER_POLICIES_SIGSTORE_POLICIES_H_
#define COUNTERSIGN_VERIFIER_POLICIES_SIGSTORE_POLICIES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/clock.h"
#include "base/json.h"
#include "cosign/trusted_root.h"
#include "kube/object_feed.h"
#include "kube/secret_reader.h"
#include "policy/sigstore/compiled_sigstore.h"
#include "policy/sigstore/review_settings.h"
#include "verifier/policies/kms_keys.h"
#include "verifier/policies/namespace_labels.h"
#include "verifier/policies/policy_status_reporter.h"
#include "verifier/policies/policy_store.h"
#include "verifier/policies/policy_trust_roots.h"
#include "verifier/policies/problem_log.h"
#include "verifier/policies/secret_keys.h"
#include "verifier/policies/sigstore_compiler.h"
#include "verifier/policies/sigstore_lists.h"

namespace countersign::verifier {

// How much there was when policies were put in force the last time, for people and metrics.
struct SigstoreCounts {
  size_t image_policies = 0;
  size_t options = 0;
  size_t trust_roots = 0;
  // Of each, those with something that cannot be used.
  size_t broken_image_policies = 0;
  size_t broken_options = 0;
  size_t broken_trust_roots = 0;
  // What cannot be used, of all policies and options, and of the settings.
  size_t problems = 0;
  size_t settings_problems = 0;
  // Of the Secrets that policies name: those of which there is a key, of these those of which it is an
  // older one, and those of which there is none.
  size_t keys = 0;
  size_t old_keys = 0;
  size_t missing_keys = 0;
  // Whose status the Policy Controller still writes.
  size_t held = 0;
};

// Keeps the policies of policy.sigstore.dev in force, in a thread of its own: follows the objects that
// they are made of, the keys in Secrets and files, TrustRoots and the installation's own trusted root,
// and compiles all of it again whenever any of that has changed, once for all changes that have come by
// then. Nothing is in force before each kind of object, and the labels of namespaces, have been read
// once; what cannot be read afterwards stays as it was read last, and that is told. Thread-safe.
class SigstorePolicies {
 public:
  // What it is put together from. All pointers but the last must not be null, and all outlive this.
  struct Sources {
    kube::ObjectFeed* feed = nullptr;
    kube::SecretReader* secrets = nullptr;
    const KmsKeys* kms_keys = nullptr;
    const NamespaceLabels* namespaces = nullptr;
    // What is trusted where nothing else is named; null: nobody. Asked again every so often.
    std::function<std::shared_ptr<const cosign::TrustedRoot>()> default_root;
    PolicyTrustRoots* trust_roots = nullptr;  // null: TrustRoots are not read
  };
  struct Options {
    // In which the ConfigMap and the Secrets with keys are.
    std::string config_namespace = "cosign-system";
    policy::NamespaceRule namespaces;
    SecretKeys::Options secret_keys;  // but for the namespace and the clock
    // So long a change waits at the most for Secrets that are named for the first time.
    absl::Duration patience = absl::Seconds(5);
    absl::Duration interval = absl::Seconds(10);  // of looks at what tells of no changes
    const base::Clock* clock = &base::Clock::Real();
    SigstoreCompiler::Compile compile = &policy::CompileSigstore;
    std::function<policy::SigstoreReferences(absl::Span<const base::Json* const>)> find_references =
        &policy::FindReferences;
    // Called from the thread, whenever policies have been put in force.
    std::function<void()> on_read;
    std::function<void(std::vector<ReportedObject>)> on_report;
  };

  // Starts at once. `store` must expect the part, and outlive this.
  SigstorePolicies(const Sources& sources, PolicyStore* store, Options options);
  ~SigstorePolicies();
  SigstorePolicies(const SigstorePolicies&) = delete;
  SigstorePolicies& operator=(const SigstorePolicies&) = delete;

  // Something outside has changed: keys in files, labels read for the first time, TrustRoots. Does not
  // wait.
  void Touch() ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns once policies have been put in force, or it is known why not, or at the deadline.
  void AwaitFirst(absl::Time deadline) const { first_.WaitForNotificationWithDeadline(deadline); }

  SigstoreCounts counts() const ABSL_LOCKS_EXCLUDED(mutex_);

  // What a review of objects goes by, as of when policies were put in force the last time; before, what
  // the operator says. All but the moment.
  policy::ReviewSettings review_settings() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void TakePolicies(const ObjectList& policies, bool have_changed);
  void Run();
  // The thread is to look, since lists have changed, or only the statuses in them.
  void Wake() ABSL_LOCKS_EXCLUDED(mutex_);
  // What the thread does when it is woken, or its time has come; until when to wait then.
  absl::Time Look();
  // Whether anything that decides is another than before.
  bool HasChanged(const SigstoreLists::State& lists, bool is_touched, bool is_mended);
  absl::Status Problem(const SigstoreLists::State& lists) const;
  // Whether it is another one than before.
  bool TakeDefaultRoot();
  SigstoreSurroundings Surroundings(const SigstoreObjects& objects) const;
  void PutInForce(const SigstoreObjects& objects, bool are_all);
  void Count(const SigstoreObjects& objects, const SigstoreSurroundings& surroundings);
  void Log(const SigstoreObjects& objects);
  void Report(const SigstoreObjects& objects);

  const Sources sources_;
  PolicyStore* const store_;
  const Options options_;

  // Of the thread alone.
  SigstoreCompiler compiler_;
  ProblemLog problem_log_;
  std::shared_ptr<const cosign::TrustedRoot> default_root_;
  absl::Status told_problem_;
  ObjectList set_trust_roots_;               // as sources_.trust_roots was told last
  std::optional<absl::Time> changed_since_;  // what is not in force yet
  uint64_t version_ = 0;                     // of the lists, as looked at last
  CompiledLists compiled_;                   // as put in force last
  std::map<std::string, absl::Status, std::less<>> trust_problems_;
  SigstoreObjects reported_;

  absl::Notification first_;
  mutable absl::Mutex mutex_;
  bool is_woken_ ABSL_GUARDED_BY(mutex_) = true;
  bool is_touched_ ABSL_GUARDED_BY(mutex_) = true;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  SigstoreCounts counts_ ABSL_GUARDED_BY(mutex_);
  policy::ReviewSettings review_settings_ ABSL_GUARDED_BY(mutex_);
  SecretKeys secret_keys_;
  SigstoreLists lists_;
  std::thread thread_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_SIGSTORE_POLICIES_H_
