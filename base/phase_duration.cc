#include "base/phase_duration.h"

namespace countersign::base {

prometheus::Histogram* PhaseDuration(const char* phase, Metrics* metrics) {
  return &metrics->Histogram(
      "countersign_phase_duration_seconds",
      "How long each phase of looking at an image took, whatever came of it.", DurationBounds(),
      {{"phase", phase}});
}

PhaseTimer::PhaseTimer(prometheus::Histogram* duration, const Clock* clock)
    : duration_(duration),
      clock_(clock),
      started_(duration == nullptr ? absl::InfinitePast() : clock->Now()) {}

PhaseTimer::~PhaseTimer() {
  if (duration_ != nullptr) duration_->Observe(absl::ToDoubleSeconds(clock_->Now() - started_));
}

}  // namespace countersign::base
