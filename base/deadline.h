#ifndef COUNTERSIGN_BASE_DEADLINE_H_
#define COUNTERSIGN_BASE_DEADLINE_H_

#include "absl/time/time.h"

namespace countersign::base {

// Until when something that blocks may do so: a moment of the wall clock, as sockets know no other.
// What expires, pauses or is done every so often asks a base::Clock instead (base/clock.h).

// The moment that is so long from now.
absl::Time In(absl::Duration timeout);

// Whether it is over already: at the moment itself, too.
bool HasPassed(absl::Time deadline);

// Negative once it is over.
absl::Duration TimeLeft(absl::Time deadline);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_DEADLINE_H_
