#include "cli/unknown_command.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<std::string> kCommands = {"verify", "review", "certificates"};

TEST(UnknownCommand, IsNamedWithTheNearestAndAll) {
  EXPECT_EQ(SayUnknownCommand("verfy", kCommands),
            "there is no command \"verfy\"; the nearest is \"verify\", and all are: verify, "
            "review, certificates");
}

TEST(UnknownCommand, TheNearestIsTheOneThatWasMeant) {
  for (const auto& [word, nearest] :
       std::vector<std::pair<std::string, std::string>>{{"verifiy", "verify"},
                                                        {"Verify", "verify"},
                                                        {"vrefiy", "verify"},
                                                        {"rewiev", "review"},
                                                        {"reviews", "review"},
                                                        {"certficats", "certificates"},
                                                        {"certificate", "certificates"},
                                                        {"", "verify"}}) {
    EXPECT_THAT(SayUnknownCommand(word, kCommands),
                HasSubstr(absl::StrCat("the nearest is \"", nearest, "\"")))
        << word;
  }
}

TEST(UnknownCommand, IsQuotedAndCut) {
  const std::string said = SayUnknownCommand("\x1b[1m" + std::string(1 << 20, 'x'), kCommands);
  EXPECT_THAT(said, Not(HasSubstr("\x1b")));
  EXPECT_LT(said.size(), 300);
}

}  // namespace
}  // namespace countersign::cli
