#include "policy/sigstore/regexp_wording.h"

#include <string>
#include <string_view>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

TEST(RegexpFault, IsNoneOfWhatCompiles) {
  for (std::string_view good : {"", ".*", "^https://github\\.com/[a-z]+$", "(?i)x", "(?P<n>a)"}) {
    EXPECT_EQ(RegexpFault(good), "") << good;
  }
}

// What regexp.Compile of Go 1.25 says about each.
TEST(RegexpFault, IsInGosWords) {
  for (const auto& [expression, fault] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"****", "missing argument to repetition operator: `*`"},
           {"*", "missing argument to repetition operator: `*`"},
           {"a**", "invalid nested repetition operator: `**`"},
           {"(a", "missing closing ): `(a`"},
           {"a)", "unexpected ): `a)`"},
           {"[a", "missing closing ]: `[a`"},
           {"[b-a]", "invalid character class range: `b-a`"},
           {"a\\", "trailing backslash at end of expression: ``"},
           {"\\8", "invalid escape sequence: `\\8`"},
           {"a{2000}", "invalid repeat count: `{2000}`"},
           {"(?=a)", "invalid or unsupported Perl syntax: `(?=`"},
           {"(?P<n", "invalid named capture: `(?P<n`"},
           {"[[:x:]]", "invalid character class range: `[:x:]`"}}) {
    EXPECT_EQ(RegexpFault(expression), "error parsing regexp: " + std::string(fault)) << expression;
  }
}

TEST(RegexpFault, SaysWhatIsTooLarge) {
  EXPECT_EQ(RegexpFault("\\pL{1000}").substr(0, 42), "error parsing regexp: expression too large");
}

TEST(RegexpFaults, OnceTheyAreFullNoOtherIsLookedAt) {
  RegexpFaults faults(500);
  EXPECT_EQ(faults.Of("[ab]{100}"), "");
  EXPECT_EQ(faults.Of("[ab]{100}"), "");
  EXPECT_FALSE(faults.is_full());
  EXPECT_EQ(faults.Of("[ab]{500}"), "");
  EXPECT_TRUE(faults.is_full());
  EXPECT_EQ(faults.Of("("), "");
}

// They are as much work as large ones, and each is said what it is.
TEST(RegexpFaults, FaultyOnesTakeRoom) {
  RegexpFaults faults((3 << 14) + 1000);
  for (const char* expression : {"(", "((", "(("}) {
    EXPECT_THAT(faults.Of(expression), testing::HasSubstr("missing closing )"));
  }
  EXPECT_FALSE(faults.is_full());
  EXPECT_NE(faults.Of("((("), "");
  EXPECT_FALSE(faults.is_full());
  EXPECT_NE(faults.Of("(((("), "");
  EXPECT_TRUE(faults.is_full());
}

}  // namespace
}  // namespace countersign::policy
