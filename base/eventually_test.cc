#include "base/eventually.h"

#include <atomic>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(Eventually, ReturnsOnceItHolds) {
  std::atomic<bool> done = false;
  std::thread other([&done] { done = true; });
  EXPECT_TRUE(Eventually([&done] { return done.load(); }));
  other.join();
  EXPECT_TRUE(Eventually([] { return true; }, absl::ZeroDuration()));
}

TEST(Eventually, HasAnEnd) {
  int asked = 0;
  EXPECT_FALSE(Eventually(
      [&asked] {
        ++asked;
        return false;
      },
      absl::Milliseconds(10)));
  EXPECT_GE(asked, 1);
}

TEST(Await, ReturnsOnceItIsTold) {
  absl::Notification event;
  std::thread other([&event] { event.Notify(); });
  EXPECT_TRUE(Await(event));
  other.join();
  EXPECT_TRUE(Await(event, absl::ZeroDuration()));
}

TEST(Await, HasAnEnd) {
  const absl::Notification event;
  EXPECT_FALSE(Await(event, absl::Milliseconds(10)));
}

TEST(Soon, IsNotNow) { EXPECT_FALSE(HasPassed(Soon())); }

}  // namespace
}  // namespace countersign::base
