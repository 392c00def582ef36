#include "verifier/serving/call_watch.h"

#include <atomic>

#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

TEST(CallWatch, EndsWhatTakesTooLong) {
  base::FakeClock clock;
  CallWatch watch(absl::Seconds(10), &clock);
  for (int i = 0; i < 3; ++i) {
    std::atomic<int> ended = 0;
    const CallWatch::Guard one = watch.Watch([&] { ++ended; });
    const CallWatch::Guard two = watch.Watch([&] { ++ended; });
    clock.Advance(absl::Seconds(10) - absl::Milliseconds(1));
    EXPECT_TRUE(clock.AwaitLook());
    EXPECT_EQ(ended, 0);
    clock.Advance(absl::Milliseconds(1));
    EXPECT_TRUE(base::Eventually([&] { return ended == 2; }));
  }
}

TEST(CallWatch, LeavesAloneWhatIsDone) {
  std::atomic<int> ended = 0;
  base::FakeClock clock;
  CallWatch watch(absl::Seconds(10), &clock);
  for (int i = 0; i < 1000; ++i) const CallWatch::Guard guard = watch.Watch([&] { ++ended; });
  clock.Advance(absl::Seconds(10));
  EXPECT_TRUE(clock.AwaitLook());
  EXPECT_EQ(ended, 0);
}

TEST(CallWatch, EndsOnlyTheOneThatIsNotDone) {
  base::FakeClock clock;
  CallWatch watch(absl::Seconds(10), &clock);
  std::atomic<int> slow_ended = 0;
  std::atomic<int> late_ended = 0;
  const CallWatch::Guard slow = watch.Watch([&] { ++slow_ended; });
  clock.Advance(absl::Seconds(5));
  for (int i = 0; i < 100; ++i) const CallWatch::Guard quick = watch.Watch([&] { ++late_ended; });
  const CallWatch::Guard late = watch.Watch([&] { ++late_ended; });
  clock.Advance(absl::Seconds(5));
  EXPECT_TRUE(base::Eventually([&] { return slow_ended == 1; }));
  EXPECT_EQ(late_ended, 0);
}

}  // namespace
}  // namespace countersign::verifier
