#include "base/complaint_tally.h"

#include <cstddef>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Optional;
using ::testing::Pair;

class ComplaintTallyTest : public testing::Test {
 protected:
  FakeClock clock_;
  ComplaintTally tally_{&clock_};
};

TEST_F(ComplaintTallyTest, SaysNothingOfNothing) { EXPECT_THAT(tally_.Take(), Eq(std::nullopt)); }

TEST_F(ComplaintTallyTest, TellsTheFirstAtOnceAndTheRestAfterAMinute) {
  tally_.Add("silent", "192.0.2.1");
  EXPECT_THAT(tally_.Take(),
              Optional(ElementsAre(Pair("silent", "1"), Pair("most_from", "192.0.2.1"),
                                   Pair("count", "1"))));
  for (int i = 0; i < 5000; ++i) tally_.Add("silent", "192.0.2.2");
  tally_.Add("busy", "192.0.2.1");
  clock_.Advance(absl::Seconds(59));
  EXPECT_THAT(tally_.Take(), Eq(std::nullopt));
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(tally_.Take(),
              Optional(ElementsAre(Pair("busy", "1"), Pair("silent", "5000"),
                                   Pair("most_from", "192.0.2.2"), Pair("count", "5000"))));
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(tally_.Take(), Eq(std::nullopt));
}

TEST_F(ComplaintTallyTest, CountsOnlySoManySourcesApart) {
  for (size_t i = 0; i < 2 * ComplaintTally::kMaxSources; ++i)
    tally_.Add("silent", absl::StrCat(i));
  tally_.Add("silent", "0");
  tally_.Add("silent", absl::StrCat(ComplaintTally::kMaxSources));
  EXPECT_THAT(tally_.Take(), Optional(ElementsAre(Pair("silent", "2050"), Pair("most_from", "0"),
                                                  Pair("count", "2"))));
}

}  // namespace
}  // namespace countersign::base
