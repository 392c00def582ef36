#include "base/glob.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(Glob, WithoutStarsMatchesOnlyItself) {
  EXPECT_TRUE(GlobMatches("", ""));
  EXPECT_TRUE(GlobMatches("nginx", "nginx"));
  EXPECT_FALSE(GlobMatches("nginx", "nginx2"));
  EXPECT_FALSE(GlobMatches("nginx", "my-nginx"));
  EXPECT_FALSE(GlobMatches("nginx", ""));
  EXPECT_FALSE(GlobMatches("", "nginx"));
}

TEST(Glob, StarStandsForAnyNumberOfAnyBytes) {
  EXPECT_TRUE(GlobMatches("*", ""));
  EXPECT_TRUE(GlobMatches("*", "a/b:c@d"));
  EXPECT_TRUE(GlobMatches("a*c", "ac"));
  EXPECT_TRUE(GlobMatches("a*c", "a/b/c"));
  EXPECT_TRUE(GlobMatches("**", ""));
  EXPECT_FALSE(GlobMatches("a*c", "a"));
  EXPECT_FALSE(GlobMatches("a*a", "a"));
}

TEST(Glob, OtherPatternCharactersStandForThemselves) {
  EXPECT_FALSE(GlobMatches("a.c", "abc"));
  EXPECT_FALSE(GlobMatches("a?c", "abc"));
  EXPECT_FALSE(GlobMatches("[ab]", "a"));
  EXPECT_TRUE(GlobMatches("[ab]", "[ab]"));
}

TEST(Glob, AStarGivesBackWhatItTook) {
  EXPECT_TRUE(GlobMatches("*ab", "aab"));
  EXPECT_TRUE(GlobMatches("*aab*", "aaaabaaa"));
  EXPECT_TRUE(GlobMatches("a*b*c", "a-b-b-c-c"));
  EXPECT_FALSE(GlobMatches("a*b*c", "a-c-b"));
}

TEST(Glob, ManyStarsAreNotExponential) {
  std::string glob;
  for (int i = 0; i < 1000; ++i) glob += "*a";
  EXPECT_FALSE(GlobMatches(glob + "b", std::string(4000, 'a')));
}

// Obviously right, and exponential.
bool SlowMatches(std::string_view glob, std::string_view text) {
  if (glob.empty()) return text.empty();
  if (glob[0] == '*') {
    return SlowMatches(glob.substr(1), text) ||
           (!text.empty() && SlowMatches(glob, text.substr(1)));
  }
  return !text.empty() && glob[0] == text[0] && SlowMatches(glob.substr(1), text.substr(1));
}

TEST(Glob, QuestionMarksAreWildcardsOnlyWhereTheyAreSaidToBe) {
  EXPECT_TRUE(WildcardsMatch("a?c*", "abcd"));
  EXPECT_TRUE(WildcardsMatch("*?", "a"));
  EXPECT_TRUE(WildcardsMatch("?", "?"));
  EXPECT_FALSE(WildcardsMatch("?", ""));
  EXPECT_FALSE(WildcardsMatch("a?", "a"));
  EXPECT_FALSE(GlobMatches("a?c", "abc"));
  EXPECT_TRUE(GlobMatches("a?c", "a?c"));
}

// Every string of up to `length` characters of `alphabet`.
std::vector<std::string> AllStrings(std::string_view alphabet, size_t length) {
  std::vector<std::string> all = {""};
  size_t begin = 0;
  for (size_t i = 0; i < length; ++i) {
    const size_t end = all.size();
    for (size_t j = begin; j < end; ++j) {
      for (const char c : alphabet) all.push_back(all[j] + c);
    }
    begin = end;
  }
  return all;
}

TEST(Glob, AgreesWithTheSlowMatcherOnAllShortStrings) {
  const std::vector<std::string> texts = AllStrings("ab", 6);
  int matches = 0;
  for (const std::string& glob : AllStrings("ab*", 6)) {
    for (const std::string& text : texts) {
      const bool expected = SlowMatches(glob, text);
      matches += expected;
      ASSERT_EQ(GlobMatches(glob, text), expected) << glob << " on " << text;
    }
  }
  EXPECT_GT(matches, 10'000);
}

}  // namespace
}  // namespace countersign::base
