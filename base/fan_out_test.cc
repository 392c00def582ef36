#include "base/fan_out.h"

#include <atomic>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "base/eventually.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(FanOut, DoesEachOnce) {
  WorkerPool pool({.threads = 4});
  std::vector<std::atomic<int>> times(100);
  FanOut(&pool, "lane", Share(), times.size(), 8, [&](size_t i) { ++times[i]; });
  for (const std::atomic<int>& count : times) EXPECT_EQ(count, 1);
  FanOut(&pool, "lane", Share(), 0, 8, [](size_t) { FAIL(); });
}

TEST(FanOut, DoesSoManyAtTheSameTime) {
  WorkerPool pool({.threads = 8, .threads_per_lane = 8});
  absl::Mutex mutex;
  int inside = 0;
  int most = 0;
  FanOut(&pool, "lane", Share(), 12, 3, [&](size_t) {
    absl::MutexLock lock(&mutex);
    most = std::max(most, ++inside);
    // The first three meet; those after them need not.
    const auto met = [&] { return most == 3; };
    mutex.AwaitWithTimeout(absl::Condition(&met), kPatience);
    --inside;
  });
  EXPECT_EQ(most, 3);
}

TEST(FanOut, NeedsNoThreadButItsOwn) {
  WorkerPool pool({.threads = 1, .threads_per_lane = 1});
  absl::Notification done;
  int times = 0;
  ASSERT_TRUE(pool.Schedule("lane",
                            [&] {
                              FanOut(&pool, "lane", Share(), 10, 8, [&](size_t) { ++times; });
                              done.Notify();
                            })
                  .ok());
  EXPECT_TRUE(Await(done));
  EXPECT_EQ(times, 10);
}

}  // namespace
}  // namespace countersign::base
