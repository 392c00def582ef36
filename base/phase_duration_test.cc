#include "base/phase_duration.h"

#include "base/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(PhaseDuration, IsCountedForEachPhase) {
  Metrics metrics;
  FakeClock clock;
  PhaseDuration("first", &metrics);
  for (int i = 0; i < 2; ++i) {
    const PhaseTimer timer(PhaseDuration("second", &metrics), &clock);
    clock.Advance(absl::Seconds(2));
  }
  EXPECT_THAT(metrics.WriteText(),
              AllOf(HasSubstr("countersign_phase_duration_seconds_count{phase=\"first\"} 0\n"),
                    HasSubstr("countersign_phase_duration_seconds_count{phase=\"second\"} 2\n"),
                    HasSubstr("countersign_phase_duration_seconds_sum{phase=\"second\"} 4\n")));
}

TEST(PhaseDuration, IsNotMeasuredWhereItIsCountedNowhere) {
  const PhaseTimer timer(nullptr, nullptr);
}

}  // namespace
}  // namespace countersign::base
