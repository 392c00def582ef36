#include "base/periodic.h"

#include <atomic>

#include "base/eventually.h"
#include "base/fake_clock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(Periodic, LooksWhenItIsTimeAsTheLastLookSaid) {
  FakeClock clock;
  std::atomic<int> looks = 0;
  const Periodic periodic(&clock, absl::Minutes(1),
                          [&looks] { return ++looks == 1 ? absl::Seconds(10) : absl::Hours(1); });
  EXPECT_TRUE(Eventually([&] { return clock.waits() == 1; }));
  clock.Advance(absl::Seconds(59));
  EXPECT_TRUE(clock.AwaitLook());
  EXPECT_EQ(looks, 0);
  clock.Advance(absl::Seconds(1));
  EXPECT_TRUE(Eventually([&] { return clock.waits() == 2; }));
  EXPECT_EQ(looks, 1);
  clock.Advance(absl::Seconds(9));
  EXPECT_TRUE(clock.AwaitLook());
  EXPECT_EQ(looks, 1);
  clock.Advance(absl::Seconds(1));
  EXPECT_TRUE(Eventually([&] { return clock.waits() == 3; }));
  EXPECT_EQ(looks, 2);
}

TEST(Periodic, TheFirstLookComesInTimeHoweverLateItsThreadBegins) {
  FakeClock clock;
  std::atomic<int> looks = 0;
  const Periodic periodic(&clock, absl::Minutes(1), [&looks] {
    ++looks;
    return absl::InfiniteDuration();
  });
  clock.Advance(absl::Minutes(1));
  EXPECT_TRUE(Eventually([&] { return looks == 1; }));
}

TEST(Periodic, EndsWhileItWaits) {
  const FakeClock clock;
  bool has_looked = false;
  {
    const Periodic periodic(&clock, absl::InfiniteDuration(), [&has_looked] {
      has_looked = true;
      return absl::ZeroDuration();
    });
    EXPECT_TRUE(Eventually([&] { return clock.waits() == 1; }));
  }
  EXPECT_FALSE(has_looked);
}

}  // namespace
}  // namespace countersign::base
