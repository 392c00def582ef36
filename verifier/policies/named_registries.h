#ifndef COUNTERSIGN_VERIFIER_POLICIES_NAMED_REGISTRIES_H_
#define COUNTERSIGN_VERIFIER_POLICIES_NAMED_REGISTRIES_H_

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "policy/policies.h"
#include "verifier/policies/policy_store.h"

namespace countersign::verifier {

// The registries that the policies in force name (policy/registries_named.h): found once for each change
// of them. Thread-safe.
class NamedRegistries {
 public:
  static constexpr size_t kMaxHosts = 1000;

  // `policies` must outlive this.
  explicit NamedRegistries(const PolicyStore* policies) : policies_(policies) {}

  bool Contains(std::string_view host) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const PolicyStore* const policies_;
  mutable absl::Mutex mutex_;
  mutable policy::PoliciesPtr found_in_ ABSL_GUARDED_BY(mutex_);
  mutable std::set<std::string, std::less<>> hosts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_NAMED_REGISTRIES_H_
