#include "policy/sigstore/regexp_shape.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

std::string Shown(std::string_view expression) {
  const RegexpShape shape = ShapeOf(expression);
  return std::string(shape.begins_anchored ? "^" : "") + (shape.ends_anchored ? "$" : "") +
         (shape.splits_anchors ? "|" : "") + (shape.has_bare_dot ? "." : "");
}

TEST(RegexpShape, SeesAnchors) {
  for (const std::string_view both :
       {"^a$", "\\Aa\\z", "^a$|^b$", "(^a$)", "(?:^a$)", "^(a$|b$)", "(?P<x>^a)b$", "(?:^a|^b)c$",
        "^a\\\\$", "^[]|$]$", "^\\Qa.b$\\E$", "(?i)^a$", "^(?:a|b)$", "((((^a$))))"}) {
    EXPECT_EQ(Shown(both), "^$") << both;
  }
  for (const std::string_view none :
       {"", "a", "a^b", "(^a$)?", "(?:^a$)*", "^*a$+", "a|^b$c", "[$^]", "\\^a\\$", "(^a|b)$?"}) {
    EXPECT_EQ(Shown(none), "") << none;
  }
  EXPECT_EQ(Shown("^a"), "^");
  EXPECT_EQ(Shown("^a\\$"), "^");
  EXPECT_EQ(Shown("^[a$"), "^");
  EXPECT_EQ(Shown("^a|^b"), "^");
  EXPECT_EQ(Shown("a$|b$"), "$");
}

TEST(RegexpShape, SeesAnchorsThatAreForOneAlternativeAlone) {
  EXPECT_EQ(Shown("^a|b$"), "|");
  EXPECT_EQ(Shown("^a$|b$"), "$|");
  EXPECT_EQ(Shown("^a|^b$"), "^|");
  EXPECT_EQ(Shown("^(?:a|b)$"), "^$");
}

TEST(RegexpShape, SeesDotsThatStandForOneCharacter) {
  for (const std::string_view dot : {"a.b", "a.", "(a.b)", "(a.b)*", "(?:(x|a.b))"}) {
    EXPECT_EQ(Shown(dot), ".") << dot;
  }
  for (const std::string_view none :
       {"a\\.b", "a[.]b", ".*", "a.?", "b.{2}", "[[:alpha:].]", "\\Qa.b\\E", "[^].]", "[\\].]"}) {
    EXPECT_EQ(Shown(none), "") << none;
  }
}

TEST(RegexpShape, ComesToItsEndWhateverIsWritten) {
  for (const std::string_view text : {"(", "((", "[", "[^", "[[:", "\\", "(?", "(?P<", "(?:", ")",
                                      "a)b", "|", "||", "\\Q", "*", "[]"}) {
    ShapeOf(text);
  }
  EXPECT_EQ(Shown(std::string(20'000, '(') + "^a$" + std::string(20'000, ')')), "");
  // Each of these would be looked through once more for each group, and for each of its parts.
  std::string classes = "^" + std::string(99, '(') + "[";
  for (int i = 0; i < 500'000; ++i) classes += "[:";
  EXPECT_EQ(Shown(classes + "x]" + std::string(99, ')') + "$"), "^$");
}

}  // namespace
}  // namespace countersign::policy
