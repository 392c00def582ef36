#ifndef COUNTERSIGN_VERIFIER_POLICIES_POLICY_STORE_H_
#define COUNTERSIGN_VERIFIER_POLICIES_POLICY_STORE_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "policy/policies.h"

namespace countersign::verifier {

// What is in force, never null. That there certainly is no policy is Policies::None(); that it could
// not be read yet is an error, so that the two can not be taken for each other.
using PolicySnapshot = policy::PoliciesPtr;

// Which state of which object a policy was read of. Empty where there is no API server to say so.
struct PolicyVersion {
  std::string uid;
  // Counts the changes of the object but for its status and metadata.
  int64_t generation = 0;
  std::string resource_version;
  friend bool operator==(const PolicyVersion&, const PolicyVersion&) = default;
};

// What there is to say about the policy, for people and metrics.
struct PolicyState {
  absl::StatusOr<PolicySnapshot> snapshot =
      absl::UnavailableError("the policy has not been read yet");
  // Of what is in force, if anything is.
  PolicyVersion version;
  absl::Time in_force_since = absl::InfiniteFuture();
  // OK: what is in force is what there is. Otherwise why what there is could not be read, or was
  // refused as a whole, and since when that is so.
  absl::Status problem;
  absl::Time problem_since = absl::InfiniteFuture();
  // How often that was said.
  uint64_t failures = 0;
};

// Keeps the policy in force. Thread-safe.
class PolicyStore {
 public:
  // `clock` must outlive the store.
  explicit PolicyStore(const base::Clock* clock = &base::Clock::Real()) : clock_(clock) {}

  // The snapshot to judge one whole request by. An error until the first Set.
  absl::StatusOr<PolicySnapshot> Get() const;

  PolicyState state() const;

  // Puts `policies` in force.
  void Set(PolicySnapshot policies, PolicyVersion version = {});

  // Says why what there is now cannot be read. The last good policy stays in force; if there was
  // none, that is what Get answers.
  void SetUnreadable(absl::Status why);

 private:
  const base::Clock* const clock_;
  mutable absl::Mutex mutex_;
  PolicyState state_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_POLICY_STORE_H_
