#include "verifier/serving/call_watch.h"

#include <atomic>
#include <optional>
#include <thread>

#include "absl/synchronization/notification.h"
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

TEST(CallWatch, WhileItEndsACallOnlyThatCallsGuardWaits) {
  base::FakeClock clock;
  CallWatch watch(absl::Seconds(10), &clock);
  absl::Notification begun;
  absl::Notification may_end;
  std::atomic<bool> is_over = false;
  std::optional<CallWatch::Guard> guard;
  guard.emplace(watch.Watch([&] {
    begun.Notify();
    EXPECT_TRUE(base::Await(may_end));
    is_over = true;
  }));
  clock.Advance(absl::Seconds(10));
  ASSERT_TRUE(base::Await(begun));
  {
    const CallWatch::Guard other = watch.Watch([] {});
  }
  EXPECT_FALSE(is_over);
  std::thread call([&] {
    guard.reset();
    EXPECT_TRUE(is_over);
  });
  may_end.Notify();
  call.join();
}

TEST(CallWatch, AGuardMayMove) {
  base::FakeClock clock;
  CallWatch watch(absl::Seconds(10), &clock);
  std::atomic<int> ended = 0;
  std::optional<CallWatch::Guard> guard;
  guard.emplace(watch.Watch([&] { ++ended; }));
  clock.Advance(absl::Seconds(10));
  EXPECT_TRUE(base::Eventually([&] { return ended == 1; }));
}

}  // namespace
}  // namespace countersign::verifier
