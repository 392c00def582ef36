#include "base/deadline.h"

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(Deadline, PassesAtItsMoment) {
  EXPECT_FALSE(HasPassed(In(absl::Hours(1))));
  EXPECT_TRUE(HasPassed(In(absl::ZeroDuration())));
  EXPECT_FALSE(HasPassed(absl::InfiniteFuture()));
  EXPECT_TRUE(HasPassed(absl::InfinitePast()));
}

TEST(Deadline, LeavesTheTimeUntilIt) {
  EXPECT_LE(TimeLeft(In(absl::Hours(1))), absl::Hours(1));
  EXPECT_GT(TimeLeft(In(absl::Hours(1))), absl::Minutes(1));
  EXPECT_LT(TimeLeft(In(-absl::Seconds(1))), absl::ZeroDuration());
  EXPECT_EQ(TimeLeft(absl::InfiniteFuture()), absl::InfiniteDuration());
}

}  // namespace
}  // namespace countersign::base
