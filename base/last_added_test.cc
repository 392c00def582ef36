#include "base/last_added.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LastAdded, TellsTheLastOneFirst) {
  LastAdded<std::string> last(3);
  EXPECT_THAT(last.Newest(), IsEmpty());
  last.Add("a");
  last.Add("b");
  EXPECT_THAT(last.Newest(), ElementsAre("b", "a"));
  EXPECT_EQ(last.size(), 2);
}

TEST(LastAdded, TheOldestGoes) {
  LastAdded<int> last(3);
  for (int i = 0; i < 8; ++i) last.Add(i);
  EXPECT_THAT(last.Newest(), ElementsAre(7, 6, 5));
  EXPECT_EQ(last.size(), 3);
}

TEST(LastAdded, HoldsNothingThatHasGone) {
  LastAdded<std::shared_ptr<int>> last(1);
  const auto first = std::make_shared<int>(1);
  last.Add(first);
  EXPECT_EQ(first.use_count(), 2);
  last.Add(std::make_shared<int>(2));
  EXPECT_EQ(first.use_count(), 1);
}

TEST(LastAdded, KeepsOneAtLeast) {
  LastAdded<int> last(0);
  last.Add(1);
  last.Add(2);
  EXPECT_THAT(last.Newest(), ElementsAre(2));
}

}  // namespace
}  // namespace countersign::base
