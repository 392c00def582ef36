#ifndef COUNTERSIGN_VERIFIER_POLICIES_NAMED_REGISTRIES_H_
#define COUNTERSIGN_VERIFIER_POLICIES_NAMED_REGISTRIES_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "verifier/policies/policy_store.h"

namespace countersign::verifier {

// Which registries the policies in force name by a literal host, so that metrics may say which one it was;
// any workload can name another one. Thread-safe.
class NamedRegistries {
 public:
  // Must outlive this.
  explicit NamedRegistries(const PolicyStore* policies) : policies_(policies) {}

  // What to call a registry as repositories have it (oci::Repository); nullopt: no policy names it.
  std::optional<std::string> Find(std::string_view registry) ABSL_LOCKS_EXCLUDED(mutex_);

  // All of them, by those names; the same value as long as the policies are the same.
  using Hosts = absl::flat_hash_set<std::string>;
  std::shared_ptr<const Hosts> InForce() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const PolicyStore* const policies_;
  absl::Mutex mutex_;
  // Those of `of_`, which is null where there are none yet.
  PolicySnapshot of_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const Hosts> hosts_ ABSL_GUARDED_BY(mutex_) = std::make_shared<const Hosts>();
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_NAMED_REGISTRIES_H_
