#include "kube/plain_text.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

TEST(PlainText, WhatIsPlainStaysAsItIs) {
  for (const std::string_view text :
       {"", "plain", "größer … \U0001f511", "tilde~ quote\" back\\slash"}) {
    EXPECT_EQ(PlainLine(text, 100), text);
  }
}

TEST(PlainText, ControlCharactersBecomeSpaces) {
  EXPECT_EQ(PlainLine("a\nb\r\tc\x1b[31m\x7f", 100), "a b  c [31m ");
  EXPECT_EQ(PlainLine(std::string_view("\0x", 2), 100), " x");
  EXPECT_EQ(PlainLine("\u0080\u009f\u00a0", 100), "  \u00a0");
}

TEST(PlainText, NothingChangesTheDirectionOrTheLine) {
  for (const char* mark : {"\u061c", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202b",
                           "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"}) {
    EXPECT_EQ(PlainLine(std::string("a") + mark + "b", 100), "a b");
  }
  const std::string_view beside = "\u061b\u061d\u200d\u2010\u2027\u202f\u2065\u206a\U0001202e";
  EXPECT_EQ(PlainLine(beside, 100), beside);
}

TEST(PlainText, EachIllFormedByteIsReplaced) {
  EXPECT_EQ(PlainLine("a\xff\xe2\x82z", 100), "a\uFFFD\uFFFD\uFFFDz");
}

TEST(PlainText, IsCutBetweenCharacters) {
  EXPECT_EQ(PlainLine("äöü", 3), "äöü");
  EXPECT_EQ(PlainLine("äöüß", 3), "äö…");
  EXPECT_EQ(PlainLine("ab", 1), "…");
  EXPECT_EQ(PlainLine("a\xff\xff", 2), "a…");
}

}  // namespace
}  // namespace countersign::kube
