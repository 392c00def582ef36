#include "cli/help_words.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(HelpWords, HelpIsTheFlagOfTheCommandThatFollows) {
  EXPECT_THAT(ExpandHelp({"help"}), ElementsAre("--help"));
  EXPECT_THAT(ExpandHelp({"help", "lint"}), ElementsAre("lint", "--help"));
  EXPECT_THAT(ExpandHelp({"help", "a", "b"}), ElementsAre("a", "b", "--help"));
}

TEST(HelpWords, OtherWordsStay) {
  EXPECT_THAT(ExpandHelp({}), IsEmpty());
  EXPECT_THAT(ExpandHelp({"lint", "help"}), ElementsAre("lint", "help"));
  EXPECT_THAT(ExpandHelp({"--version"}), ElementsAre("--version"));
}

}  // namespace
}  // namespace countersign::cli
