#include "base/deadline.h"

#include "absl/time/clock.h"

namespace countersign::base {

absl::Time In(absl::Duration timeout) { return absl::Now() + timeout; }

bool HasPassed(absl::Time deadline) { return absl::Now() >= deadline; }

absl::Duration TimeLeft(absl::Time deadline) { return deadline - absl::Now(); }

}  // namespace countersign::base
