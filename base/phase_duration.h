#ifndef COUNTERSIGN_BASE_PHASE_DURATION_H_
#define COUNTERSIGN_BASE_PHASE_DURATION_H_

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "prometheus/histogram.h"

namespace countersign::base {

// countersign_phase_duration_seconds{phase}: what the time of an answer goes into. `phase` is one of a
// few words of the program's own. Lives as long as `metrics`.
prometheus::Histogram* PhaseDuration(const char* phase, Metrics* metrics);

// Observes how long it has lived, in seconds. Used by one thread.
class PhaseTimer {
 public:
  // Null: nowhere. Both must outlive this.
  explicit PhaseTimer(prometheus::Histogram* duration, const Clock* clock = &Clock::Real());
  ~PhaseTimer();
  PhaseTimer(const PhaseTimer&) = delete;
  PhaseTimer& operator=(const PhaseTimer&) = delete;

 private:
  prometheus::Histogram* const duration_;
  const Clock* const clock_;
  const absl::Time started_;
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_PHASE_DURATION_H_
