#ifndef COUNTERSIGN_SHIM_ADDRESS_FOLLOWER_H_
#define COUNTERSIGN_SHIM_ADDRESS_FOLLOWER_H_

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/periodic.h"

namespace countersign::shim {

// Looks up where verifiers are every so often, in a thread of its own, and tells of it. What could not be
// looked up, or has no addresses, takes none away: those that were told last stay, and whether anybody
// is there is seen when they are connected to. Thread-safe.
class AddressFollower {
 public:
  // Blocks until the deadline at most. In one thread.
  using LookUp = std::function<absl::StatusOr<std::vector<std::string>>(absl::Time deadline)>;
  // Told of all addresses there are, sorted, each time that they are looked up; in the same thread.
  using Tell = std::function<void(const std::vector<std::string>& addresses)>;

  // How long after a look-up the next begins, and how long, if somebody misses one.
  static constexpr absl::Duration kEvery = absl::Seconds(10);
  static constexpr absl::Duration kAtLeast = absl::Seconds(1);
  // What a look-up may take.
  static constexpr absl::Duration kPatience = absl::Seconds(2);

  // Begins at once. `clock` must outlive this.
  AddressFollower(LookUp look_up, Tell tell, const base::Clock* clock = &base::Clock::Real());
  // Waits for a look-up in progress.
  ~AddressFollower() = default;

  // Somebody misses a verifier: it may be elsewhere by now.
  void LookAgain() { is_missed_ = true; }

  // Why the last look-up told nothing; OK if it did, or there was none yet.
  absl::Status Fault() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::Duration Look() ABSL_LOCKS_EXCLUDED(mutex_);
  void Note(const absl::Status& fault) ABSL_LOCKS_EXCLUDED(mutex_);

  const LookUp look_up_;
  const Tell tell_;
  const base::Clock* const clock_;
  std::atomic<bool> is_missed_ = false;
  absl::Time last_ = absl::InfinitePast();  // of the thread

  mutable absl::Mutex mutex_;
  absl::Status fault_ ABSL_GUARDED_BY(mutex_);

  base::Periodic thread_;  // the last, as it uses the others
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_ADDRESS_FOLLOWER_H_
