#include "shim/singly_asked.h"

#include "absl/strings/str_cat.h"
#include "base/fake_clock.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

class SinglyAskedTest : public testing::Test {
 protected:
  base::FakeClock clock_;
  SinglyAsked singly_{&clock_};
};

TEST_F(SinglyAskedTest, OneThatIsOlderIsForAMinute) {
  EXPECT_FALSE(singly_.Has("a"));
  singly_.AddOlder("a");
  EXPECT_TRUE(singly_.Has("a"));
  EXPECT_FALSE(singly_.Has("b"));
  clock_.Advance(SinglyAsked::kAsOlder - absl::Milliseconds(1));
  EXPECT_TRUE(singly_.Has("a"));
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_FALSE(singly_.Has("a"));
}

TEST_F(SinglyAskedTest, OneOfWhichManyInARowWereInVainIsForASecond) {
  singly_.Count("a", SinglyAsked::kInVain - 1, false);
  EXPECT_FALSE(singly_.Has("a"));
  singly_.Count("a", 1, false);
  EXPECT_TRUE(singly_.Has("a"));
  clock_.Advance(SinglyAsked::kAsInVain);
  EXPECT_FALSE(singly_.Has("a"));
  // Then as many are tried again.
  singly_.Count("a", 1, false);
  EXPECT_FALSE(singly_.Has("a"));
}

TEST_F(SinglyAskedTest, OneAnswerBeginsTheRowAnew) {
  for (int i = 0; i < 10; ++i) {
    singly_.Count("a", SinglyAsked::kInVain - 1, false);
    singly_.Count("a", 5, true);
  }
  EXPECT_FALSE(singly_.Has("a"));
}

TEST_F(SinglyAskedTest, AClockThatIsSetBackEndsIt) {
  singly_.AddOlder("a");
  clock_.Advance(-absl::Hours(1));
  EXPECT_FALSE(singly_.Has("a"));
}

TEST_F(SinglyAskedTest, HoweverManyThereAreFewAreRemembered) {
  singly_.AddOlder("a");
  for (size_t i = 0; i < SinglyAsked::kMaxTargets; ++i) singly_.Count(absl::StrCat(i), 1, false);
  EXPECT_FALSE(singly_.Has("a"));
}

}  // namespace
}  // namespace countersign::shim
