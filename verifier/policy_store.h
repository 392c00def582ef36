#ifndef COUNTERSIGN_VERIFIER_POLICY_STORE_H_
#define COUNTERSIGN_VERIFIER_POLICY_STORE_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "policy/image_policy.h"

namespace countersign::verifier {

// The policy in force. Null means that there certainly is none; that it could not be read yet is an
// error, so that the two can not be taken for each other.
using PolicySnapshot = std::shared_ptr<const policy::ImagePolicy>;

// Keeps the policy in force. Thread-safe.
class PolicyStore {
 public:
  // The snapshot to judge one whole request by. An error until the first Set.
  absl::StatusOr<PolicySnapshot> Get() const;

  // Puts `policy` (null: none) in force.
  void Set(PolicySnapshot policy);

  // Says why there is nothing to Get yet. No effect after the first Set: the last good policy stays
  // in force.
  void SetUnreadable(absl::Status why);

 private:
  mutable absl::Mutex mutex_;
  absl::StatusOr<PolicySnapshot> snapshot_ ABSL_GUARDED_BY(mutex_) =
      absl::UnavailableError("the policy has not been read yet");
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICY_STORE_H_
