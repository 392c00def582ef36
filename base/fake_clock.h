#ifndef COUNTERSIGN_BASE_FAKE_CLOCK_H_
#define COUNTERSIGN_BASE_FAKE_CLOCK_H_

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/eventually.h"

namespace countersign::base {

// A clock that stands still until it is told to move, for tests. Thread-safe.
class FakeClock final : public Clock {
 public:
  // Starts at a fixed moment in November 2023, unless told another.
  explicit FakeClock(absl::Time now = absl::FromUnixSeconds(1'700'000'000)) : now_(now) {}

  absl::Time Now() const override {
    absl::MutexLock lock(&mutex_);
    return now_;
  }

  bool Await(absl::Mutex* mutex, const absl::Condition& condition,
             absl::Time deadline) const override {
    {
      absl::MutexLock lock(&mutex_);
      ++waits_;
    }
    // Nobody tells a waiting thread that this clock was moved; it looks.
    while (!condition.Eval() && Look() < deadline) {
      mutex->AwaitWithTimeout(condition, absl::Milliseconds(1));
    }
    return condition.Eval();
  }

  // How often anybody has begun to wait: so a test can tell that a thread has done what it does
  // between two waits, and that what comes next comes when the clock is moved.
  uint64_t waits() const {
    absl::MutexLock lock(&mutex_);
    return waits_;
  }

  // Waits until the one thread that waits has seen what time it is by now, and waits on: what it has
  // not done then it does not do before this clock is moved again. False if it does not wait on.
  bool AwaitLook() const {
    // The first may have begun before the clock was moved.
    const uint64_t seen = CountLooks() + 2;
    return Eventually([&] { return CountLooks() >= seen; });
  }

  void Set(absl::Time now) {
    absl::MutexLock lock(&mutex_);
    now_ = now;
  }

  void Advance(absl::Duration by) {
    absl::MutexLock lock(&mutex_);
    now_ += by;
  }

 private:
  // Of who waits.
  absl::Time Look() const {
    absl::MutexLock lock(&mutex_);
    ++looks_;
    return now_;
  }
  uint64_t CountLooks() const {
    absl::MutexLock lock(&mutex_);
    return looks_;
  }

  mutable absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
  mutable uint64_t waits_ ABSL_GUARDED_BY(mutex_) = 0;
  mutable uint64_t looks_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_FAKE_CLOCK_H_
