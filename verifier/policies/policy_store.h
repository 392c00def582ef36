#ifndef COUNTERSIGN_VERIFIER_POLICIES_POLICY_STORE_H_
#define COUNTERSIGN_VERIFIER_POLICIES_POLICY_STORE_H_

#include <array>
#include <cstddef>
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

// What is in force is put together from, each read by itself: what one says never waits for the other.
enum class PolicyPart {
  kSign = 0,  // the Sign policy's language
  kSigstore,  // that of policy.sigstore.dev
};
inline constexpr size_t kPolicyParts = 2;

// What there is to say about a part, for people and metrics.
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

// Keeps the policies in force, of all parts that are expected. Thread-safe.
class PolicyStore {
 public:
  // Of the Sign policy alone, unless Expect is called. `clock` must outlive the store.
  explicit PolicyStore(const base::Clock* clock = &base::Clock::Real()) : clock_(clock) {}

  // From now on nothing is in force before there is something of that part, too.
  void Expect(PolicyPart part);

  // The snapshot to judge one whole request by: all parts of one moment. An error until each that is
  // expected has been Set.
  absl::StatusOr<PolicySnapshot> Get() const;

  PolicyState state(PolicyPart part = PolicyPart::kSign) const;

  // Puts `policies` in force, which are all there are of the part.
  void Set(PolicySnapshot policies, PolicyVersion version = {},
           PolicyPart part = PolicyPart::kSign);

  // Puts them in force, though they may not be all: why something cannot be read stays what it was.
  void SetWhatIsReadable(PolicySnapshot policies, PolicyPart part);

  // Says why what there is now cannot be read. The last good policy stays in force; if there was
  // none, that is what Get answers.
  void SetUnreadable(absl::Status why, PolicyPart part = PolicyPart::kSign);

 private:
  void Put(PolicySnapshot policies, PolicyVersion version, PolicyPart part, bool are_all)
      ABSL_LOCKS_EXCLUDED(setting_, mutex_);
  // What follows from the states.
  absl::StatusOr<PolicySnapshot> Combined() const ABSL_LOCKS_EXCLUDED(mutex_)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(setting_);
  void PutTogether() ABSL_EXCLUSIVE_LOCKS_REQUIRED(setting_);

  const base::Clock* const clock_;
  // Held while something is put in force, so that readers need not wait for what that takes.
  absl::Mutex setting_ ABSL_ACQUIRED_BEFORE(mutex_);
  mutable absl::Mutex mutex_;
  std::array<PolicyState, kPolicyParts> states_ ABSL_GUARDED_BY(mutex_);
  std::array<bool, kPolicyParts> is_expected_ ABSL_GUARDED_BY(mutex_) = {true, false};
  absl::StatusOr<PolicySnapshot> in_force_ ABSL_GUARDED_BY(mutex_) = PolicyState().snapshot;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_POLICY_STORE_H_
