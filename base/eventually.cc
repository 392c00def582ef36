#include "base/eventually.h"

#include "absl/time/clock.h"
#include "base/deadline.h"

namespace countersign::base {

bool Eventually(absl::FunctionRef<bool()> holds, absl::Duration patience) {
  const absl::Time end = In(patience);
  while (!holds()) {
    if (HasPassed(end)) return false;
    absl::SleepFor(absl::Milliseconds(1));
  }
  return true;
}

bool Await(const absl::Notification& event, absl::Duration patience) {
  return event.WaitForNotificationWithTimeout(patience);
}

absl::Time Soon() { return In(kPatience); }

}  // namespace countersign::base
