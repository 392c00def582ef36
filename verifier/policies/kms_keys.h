#ifndef COUNTERSIGN_VERIFIER_POLICIES_KMS_KEYS_H_
#define COUNTERSIGN_VERIFIER_POLICIES_KMS_KEYS_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/periodic.h"

namespace countersign::verifier {

// The public keys of keys that a key management service has, each in a PEM file that the operator
// names for its URI: no such service is asked. Read again every thirty seconds; one that cannot be used
// any more is logged, once, and what it gave last stays. Thread-safe.
class KmsKeys {
 public:
  using ByUri = std::map<std::string, std::string, std::less<>>;  // a PEM text for each URI

  // `flags` are "URI=FILE". `on_change` is called, from another thread, whenever Keys answers
  // otherwise. Errors name the flag. The clock must outlive this.
  static absl::StatusOr<std::unique_ptr<KmsKeys>> Create(
      const std::vector<std::string>& flags, std::function<void()> on_change,
      const base::Clock* clock = &base::Clock::Real());

  ByUri Keys() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Source {
    std::string uri;
    std::string file;
    std::string fault = {};  // as it was logged last
  };

  KmsKeys(std::vector<Source> sources, ByUri keys, std::function<void()> on_change,
          const base::Clock* clock);

  void Look() ABSL_LOCKS_EXCLUDED(mutex_);

  const std::function<void()> on_change_;
  std::vector<Source> sources_;  // of the thread alone, once there is one
  mutable absl::Mutex mutex_;
  ByUri keys_ ABSL_GUARDED_BY(mutex_);
  std::optional<base::Periodic> periodic_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_KMS_KEYS_H_
