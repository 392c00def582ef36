#include "base/fake_clock.h"

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(FakeClock, StandsStill) {
  const FakeClock clock(absl::UnixEpoch());
  EXPECT_EQ(clock.Now(), absl::UnixEpoch());
  EXPECT_EQ(clock.Now(), absl::UnixEpoch());
}

TEST(FakeClock, AdvancesByADuration) {
  FakeClock clock(absl::UnixEpoch());
  clock.Advance(absl::Seconds(90));
  clock.Advance(-absl::Seconds(30));
  EXPECT_EQ(clock.Now(), absl::UnixEpoch() + absl::Minutes(1));
}

TEST(FakeClock, IsSetToATime) {
  FakeClock clock;
  clock.Set(absl::UnixEpoch() + absl::Hours(1));
  EXPECT_EQ(clock.Now(), absl::UnixEpoch() + absl::Hours(1));
}

}  // namespace
}  // namespace countersign::base
