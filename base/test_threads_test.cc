#include "base/test_threads.h"

#include <atomic>
#include <thread>

#include "absl/synchronization/notification.h"
#include "base/eventually.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

class Farewell {
 public:
  explicit Farewell(std::atomic<bool>* said) : said_(said) {}
  ~Farewell() { *said_ = true; }

 private:
  std::atomic<bool>* const said_;
};

TEST(CountThreads, AThreadCountsUntilItHasDoneWhatItDoesAtItsEnd) {
  absl::Notification counted;
  std::atomic<bool> has_said_farewell = false;
  std::thread([&] {
    thread_local const Farewell farewell(&has_said_farewell);
    EXPECT_TRUE(Await(counted));
  }).detach();
  // With one that a sanitizer may have of its own.
  const size_t with_it = CountThreads();
  EXPECT_GE(with_it, 2U);
  EXPECT_FALSE(has_said_farewell);
  counted.Notify();
  EXPECT_TRUE(Eventually([&] { return CountThreads() == with_it - 1; }));
  EXPECT_TRUE(has_said_farewell);
}

}  // namespace
}  // namespace countersign::base
