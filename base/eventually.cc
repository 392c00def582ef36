#include "base/eventually.h"

#include "absl/time/clock.h"

namespace countersign::base {

bool Eventually(absl::FunctionRef<bool()> holds, absl::Duration patience) {
  const absl::Time end = absl::Now() + patience;
  while (!holds()) {
    if (absl::Now() >= end) return false;
    absl::SleepFor(absl::Milliseconds(1));
  }
  return true;
}

}  // namespace countersign::base
