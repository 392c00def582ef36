#include "base/utf8.h"

#include <string>
#include <string_view>
#include <utility>

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(Utf8, WellFormedTextIsRecognised) {
  for (const std::string_view text : {"", "plain", "\x7f", "ä", "\u0800", "…", "\ud7ff", "\ue000",
                                      "\U00010000", "\U0010ffff", "mixed ä … \U0001f511 end"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
  EXPECT_TRUE(IsUtf8(std::string_view("\0", 1)));
}

TEST(Utf8, IllFormedTextIsRecognised) {
  for (const std::string_view text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2 ", "\xe0\x9f\xbf", "\xe2\x82",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x94", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff\xfe", "good then \xff"}) {
    EXPECT_FALSE(IsUtf8(text)) << testing::PrintToString(std::string(text));
  }
}

TEST(Utf8, CharactersHaveABeginningAnEndAndACodePoint) {
  const std::pair<std::string, uint32_t> cases[] = {
      {"a", 'a'},        {"\x7f", 0x7f},     {"\u0080", 0x80},        {"\u07ff", 0x7ff},
      {"\u0800", 0x800}, {"\uffff", 0xffff}, {"\U00010000", 0x10000}, {"\U0010ffff", 0x10ffff}};
  for (const auto& [character, code_point] : cases) {
    EXPECT_EQ(Utf8CharacterBytes(character + "ä"), character.size()) << code_point;
    EXPECT_EQ(Utf8CharacterBytes(character), character.size()) << code_point;
    EXPECT_EQ(CodePointOf(character), code_point);
  }
  EXPECT_EQ(Utf8CharacterBytes(""), 0u);
  EXPECT_EQ(Utf8CharacterBytes("\xc3"), 0u);
  EXPECT_EQ(Utf8CharacterBytes(std::string_view("\0", 1)), 1u);
}

TEST(Utf8, ControlCodesAreKnown) {
  for (const uint32_t code : {0u, 0x0au, 0x1fu, 0x7fu, 0x80u, 0x85u, 0x9fu, 0x061cu, 0x200eu,
                              0x200fu, 0x2028u, 0x2029u, 0x202au, 0x202eu, 0x2066u, 0x2069u}) {
    EXPECT_TRUE(IsControlCode(code)) << code;
  }
  for (const uint32_t code : {0x20u, 0x7eu, 0xa0u, 0x061bu, 0x061du, 0x200du, 0x2010u, 0x2027u,
                              0x202fu, 0x2065u, 0x206au, 0x1202eu, 0x10ffffu}) {
    EXPECT_FALSE(IsControlCode(code)) << code;
  }
}

}  // namespace
}  // namespace countersign::base
