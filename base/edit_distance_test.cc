#include "base/edit_distance.h"

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(EditDistance, CountsWhatIsReplacedAddedAndLeftOut) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("abc", "abc"), 0u);
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("abc", ""), 3u);
  EXPECT_EQ(EditDistance("abc", "abx"), 1u);
  EXPECT_EQ(EditDistance("abc", "ac"), 1u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("Policy", "Policies"), 3u);
}

}  // namespace
}  // namespace countersign::base
