#include "base/rounded_seconds.h"

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(RoundedSeconds, AreToATenth) {
  EXPECT_EQ(RoundedSeconds(absl::Seconds(12.3)), "12.3 s");
  EXPECT_EQ(RoundedSeconds(absl::Seconds(15)), "15.0 s");
  EXPECT_EQ(RoundedSeconds(absl::Milliseconds(949)), "0.9 s");
  EXPECT_EQ(RoundedSeconds(absl::Milliseconds(950)), "1.0 s");
  EXPECT_EQ(RoundedSeconds(absl::Nanoseconds(1)), "0.0 s");
  EXPECT_EQ(RoundedSeconds(absl::Seconds(-3)), "0.0 s");
}

}  // namespace
}  // namespace countersign::base
