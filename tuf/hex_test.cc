#include "tuf/hex.h"

#include "gtest/gtest.h"

namespace countersign::tuf {
namespace {

TEST(Hex, ReadsDigitsOfEitherCase) {
  EXPECT_EQ(DecodeHex("00ff7Fa0"), std::string("\x00\xff\x7f\xa0", 4));
  EXPECT_EQ(DecodeHex(""), "");
}

TEST(Hex, RefusesAllElse) {
  for (const std::string_view text :
       {"0", "abc", "0g", "g0", "0x00", " 00", "00 ", "00:11", "0\n", "\xff\xff"}) {
    EXPECT_EQ(DecodeHex(text), std::nullopt) << text;
  }
  EXPECT_EQ(DecodeHex(std::string_view("0\0", 2)), std::nullopt);
}

}  // namespace
}  // namespace countersign::tuf
