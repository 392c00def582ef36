#include "policy/rules/decimal.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

TEST(Decimal, ListedFromTheSmallestTheyAreInThatOrder) {
  const std::vector<std::string> rising = {
      "-1e99999999999999999999999999",
      "-10",
      "-9.99",
      "-1",
      "-0.5",
      "-1e-400",
      "0",
      "1e-401",
      "1e-400",
      "0.1",
      "0.10000000000000001",
      "0.5",
      "9",
      "10",
      "10.5",
      "9007199254740992",
      "9007199254740993",
      "9007199254740994",
      "18446744073709551615",
      "18446744073709551616",
      "1e400",
  };
  for (size_t a = 0; a < rising.size(); ++a) {
    for (size_t b = 0; b < rising.size(); ++b) {
      EXPECT_EQ(*Decimal::Parse(rising[a]) <=> *Decimal::Parse(rising[b]), a <=> b)
          << rising[a] << " " << rising[b];
    }
  }
}

TEST(Decimal, TheSameNumberIsTheSameHoweverItIsWritten) {
  const std::vector<std::vector<std::string>> same = {
      {"0", "-0", "0.000", "0e5", "0E-7"},
      {"100", "1e2", "1E+2", "100.0", "1000e-1", "0.1e3"},
      {"-0.25", "-25e-2", "-2.50e-1"},
      {"9007199254740993", "9007199254740993.0", "9.007199254740993e15"},
  };
  for (const auto& writings : same) {
    for (const std::string& one : writings) {
      EXPECT_EQ(*Decimal::Parse(one), *Decimal::Parse(writings.front())) << one;
    }
  }
}

TEST(Decimal, ItsDigitsAreCountedWithoutZerosAtEitherEnd) {
  EXPECT_EQ(Decimal::Parse("0.00")->digits(), 0u);
  EXPECT_EQ(Decimal::Parse("120300e5")->digits(), 4u);
  EXPECT_EQ(Decimal::Parse("0.00123")->digits(), 3u);
}

TEST(Decimal, WhatJsonWouldNotTakeIsNone) {
  for (const char* text : {"", "-", "+1", "01", "1.", ".5", "1e", "0x10", "NaN", "1 ", "1,0"}) {
    EXPECT_FALSE(Decimal::Parse(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace countersign::policy
