#include "base/regexp.h"

#include <string>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::HasSubstr;

TEST(CompileRegexp, GivesWhatMatches) {
  const auto compiled = CompileRegexp("^a.c$");
  ASSERT_THAT(compiled, IsOk());
  EXPECT_TRUE(re2::RE2::PartialMatch("abc", **compiled));
  EXPECT_FALSE(re2::RE2::PartialMatch("abcd", **compiled));
}

TEST(CompileRegexp, SaysWhatIsNone) {
  EXPECT_THAT(CompileRegexp("("),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("missing )")));
  EXPECT_THAT(CompileRegexp("(?:a{1000}){1000}"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("repetition")));
}

// RE2 would take seconds for the longest that others may send.
TEST(CompileRegexp, TakesNoneThatIsLong) {
  EXPECT_THAT(CompileRegexp(std::string(kMaxRegexpBytes, 'a')), IsOk());
  EXPECT_THAT(CompileRegexp(std::string(kMaxRegexpBytes + 1, 'a')),
              StatusIs(absl::StatusCode::kInvalidArgument, "it is longer than 4096 bytes"));
}

// It would make a million ranges of these before it says that they are too many.
TEST(CompileRegexp, TakesFewClassesOfUnicode) {
  std::string expression = "[";
  for (int i = 0; i < 16; ++i) expression += "\\pL\\PN";
  EXPECT_THAT(CompileRegexp(expression + "]"), IsOk());
  EXPECT_THAT(CompileRegexp(expression + "\\p{Greek}]"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "it names classes of Unicode more than 32 times"));
}

}  // namespace
}  // namespace countersign::base
