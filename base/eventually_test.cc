#include "base/eventually.h"

#include <atomic>
#include <thread>

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

TEST(Soon, IsNotNow) { EXPECT_FALSE(HasPassed(Soon())); }

}  // namespace
}  // namespace countersign::base
