#include "base/json_token.h"

#include <optional>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::Eq;
using ::testing::Optional;

TEST(JsonToken, StringsEndAtTheirQuote) {
  EXPECT_THAT(SkipJsonString(R"("a\"b\\" x)", 0), Optional(8));
  EXPECT_THAT(SkipJsonString(R"(x "" x)", 2), Optional(4));
  EXPECT_THAT(SkipJsonString("\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"", 0), Optional(11));
  EXPECT_THAT(SkipJsonString(R"("\u00e4\ud83d\ude00\u0000")", 0), Optional(26));
}

TEST(JsonToken, BrokenStringsAreNone) {
  for (const std::string_view text : {"",
                                      "x",
                                      "\"",
                                      "\"a",
                                      "\"\\",
                                      "\"\\\"",
                                      "\"\\x\"",
                                      "\"\\u12\"",
                                      "\"\\u12g4\"",
                                      "\"\\ud83d\"",
                                      "\"\\ud83dx\\ude00\"",
                                      "\"\\ud83d\\u0041\"",
                                      "\"\\ude00\"",
                                      "\"\n\"",
                                      "\"\x7f\x80\"",
                                      "\"\xC0\x80\"",
                                      "\"\xC3\"",
                                      "\"\xE0\x80\x80\"",
                                      "\"\xED\xA0\x80\"",
                                      "\"\xF4\x90\x80\x80\"",
                                      "\"\xF5\x80\x80\x80\"",
                                      "\"\xE2\x82\""}) {
    EXPECT_THAT(SkipJsonString(text, 0), Eq(std::nullopt)) << text;
  }
  EXPECT_THAT(SkipJsonString(std::string_view("\"\0\"", 3), 0), Eq(std::nullopt));
}

TEST(JsonToken, NumbersAreThoseOfJson) {
  for (const std::string_view text : {"0", "-0", "10", "1.5", "1e5", "1E+5", "-1.25e-10"}) {
    EXPECT_THAT(SkipJsonNumber(text, 0), Optional(text.size())) << text;
  }
  for (const std::string_view text :
       {"", "-", "01", "-01", ".5", "1.", "1.e5", "1e", "1e+", "+1"}) {
    EXPECT_THAT(SkipJsonNumber(text, 0), Eq(std::nullopt)) << text;
  }
}

TEST(JsonToken, WordsAreThree) {
  EXPECT_THAT(SkipJsonWord("null", 0), Optional(4));
  EXPECT_THAT(SkipJsonWord("[true]", 1), Optional(5));
  EXPECT_THAT(SkipJsonWord("false", 0), Optional(5));
  EXPECT_THAT(SkipJsonWord("nul", 0), Eq(std::nullopt));
  EXPECT_THAT(SkipJsonWord("", 0), Eq(std::nullopt));
}

TEST(JsonToken, EscapesAreRead) {
  EXPECT_EQ(UnescapeJson(""), "");
  EXPECT_EQ(UnescapeJson(R"(a\"\\\/\b\f\n\r\tz)"), "a\"\\/\b\f\n\r\tz");
  EXPECT_EQ(UnescapeJson(R"(\u0041\u00e4\u20AC\ud83d\ude00)"), "A\u00e4\u20ac\U0001F600");
  EXPECT_EQ(UnescapeJson(R"(\u0000)"), std::string_view("\0", 1));
}

}  // namespace
}  // namespace countersign::base
