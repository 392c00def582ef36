#ifndef COUNTERSIGN_BASE_CLOCK_H_
#define COUNTERSIGN_BASE_CLOCK_H_

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace countersign::base {

// Where the time comes from, and what waits for it, so that tests can say what time it is.
// Implementations are thread-safe.
//
// Deadlines that come from a caller over the network, or go to a socket, are moments of the wall
// clock: sockets know no other.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual absl::Time Now() const = 0;

  // Waits until `condition` holds or it is `deadline` by this clock, whichever comes first; whether
  // it holds. As absl::Mutex::AwaitWithDeadline: the caller holds `mutex`, which is free while this
  // waits, and the condition is asked under it.
  virtual bool Await(absl::Mutex* mutex, const absl::Condition& condition,
                     absl::Time deadline) const = 0;

  // Waits until it is so much later by this clock.
  void Sleep(absl::Duration duration) const;

  // The wall clock. Lives for ever.
  static const Clock& Real();
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_CLOCK_H_
