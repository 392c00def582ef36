#include "base/clock.h"

#include "absl/time/clock.h"

namespace countersign::base {
namespace {

class RealClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }

  bool Await(absl::Mutex* mutex, const absl::Condition& condition,
             absl::Time deadline) const override {
    return mutex->AwaitWithDeadline(condition, deadline);
  }
};

}  // namespace

void Clock::Sleep(absl::Duration duration) const {
  const absl::Time end = Now() + duration;
  const bool never = false;
  absl::Mutex mutex;
  const absl::MutexLock lock(&mutex);
  Await(&mutex, absl::Condition(&never), end);
}

const Clock& Clock::Real() {
  static const auto* const clock = new RealClock;
  return *clock;
}

}  // namespace countersign::base
