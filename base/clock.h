#ifndef COUNTERSIGN_BASE_CLOCK_H_
#define COUNTERSIGN_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace countersign::base {

// Where the time comes from, so that tests can say what time it is. Implementations are
// thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual absl::Time Now() const = 0;

  // The wall clock. Lives for ever.
  static const Clock& Real();
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_CLOCK_H_
