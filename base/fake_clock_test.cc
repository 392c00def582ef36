#include "base/fake_clock.h"

#include <thread>

#include "base/eventually.h"
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

TEST(FakeClock, WhoWaitsByItWaitsUntilItIsMoved) {
  FakeClock clock;
  const absl::Time deadline = clock.Now() + absl::Minutes(10);
  absl::Mutex mutex;
  bool holds = false;
  bool has_ended = false;
  std::thread waiting([&] {
    absl::MutexLock lock(&mutex);
    EXPECT_FALSE(clock.Await(&mutex, absl::Condition(&holds), deadline));
    has_ended = true;
  });
  EXPECT_TRUE(Eventually([&] { return clock.waits() == 1; }));
  clock.Advance(absl::Minutes(9));
  EXPECT_TRUE(clock.AwaitLook());
  {
    absl::MutexLock lock(&mutex);
    EXPECT_FALSE(has_ended);
  }
  clock.Advance(absl::Minutes(1));
  waiting.join();
  EXPECT_TRUE(has_ended);
}

TEST(FakeClock, WhoSleepsByItSleepsUntilItIsMoved) {
  FakeClock clock;
  std::thread sleeping([&] { clock.Sleep(absl::Hours(1)); });
  EXPECT_TRUE(Eventually([&] { return clock.waits() == 1; }));
  clock.Advance(absl::Hours(1));
  sleeping.join();
}

TEST(FakeClock, WhoWaitsByItSeesWhatItWaitsForWhileItStandsStill) {
  const FakeClock clock;
  absl::Mutex mutex;
  bool holds = false;
  std::thread waiting([&] {
    absl::MutexLock lock(&mutex);
    EXPECT_TRUE(clock.Await(&mutex, absl::Condition(&holds), absl::InfiniteFuture()));
  });
  EXPECT_TRUE(Eventually([&] { return clock.waits() == 1; }));
  {
    absl::MutexLock lock(&mutex);
    holds = true;
  }
  waiting.join();
}

}  // namespace
}  // namespace countersign::base
