#include "kube/manifests/yaml_scalar.h"

#include <string_view>
#include <utility>

#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using base::StatusIs;

// What sigs.k8s.io/yaml 1.6.0 makes of each: the text, and the JSON it becomes.
constexpr struct {
  std::string_view text;
  std::string_view json;
} kScalars[] = {
    {"", "null"},
    {"~", "null"},
    {"null", "null"},
    {"Null", "null"},
    {"NULL", "null"},
    {"nULL", R"("nULL")"},
    {"true", "true"},
    {"TRUE", "true"},
    {"tRUE", R"("tRUE")"},
    {"yes", "true"},
    {"Yes", "true"},
    {"y", "true"},
    {"Y", "true"},
    {"on", "true"},
    {"off", "false"},
    {"OFF", "false"},
    {"oFF", R"("oFF")"},
    {"N", "false"},
    {"0", "0"},
    {"1", "1"},
    {"-1", "-1"},
    {"+1", "1"},
    {"007", "7"},
    {"08", "8.0"},
    {"-08", "-8.0"},
    {"0o17", "15"},
    {"0x1F", "31"},
    {"-0X1f", "-31"},
    {"0b101", "5"},
    {"-0b11", "-3"},
    {"1_000", "1000"},
    {"1_", "1"},
    {"0_7", "7"},
    {"0x_f", "15"},
    {"_1", R"("_1")"},
    {"0x", R"("0x")"},
    {"0b2", R"("0b2")"},
    {"0xfffffffffffffffffffff", R"("0xfffffffffffffffffffff")"},
    {"18446744073709551615", "18446744073709551615"},
    {"18446744073709551616", "1.8446744073709552e19"},
    {"9223372036854775808", "9223372036854775808"},
    {"-9223372036854775808", "-9223372036854775808"},
    {"-9223372036854775809", "-9.223372036854776e18"},
    {"1.5", "1.5"},
    {".5", "0.5"},
    {"-.5", "-0.5"},
    {"+.5", "0.5"},
    {"1.", "1.0"},
    {"1e3", "1000.0"},
    {"1E+3", "1000.0"},
    {"1.e3", "1000.0"},
    {".5e3", "500.0"},
    {"1_0.5", "10.5"},
    {"1e308", "1e308"},
    {"1e999", R"("1e999")"},
    {"1e", R"("1e")"},
    {".e3", R"(".e3")"},
    {"+", R"("+")"},
    {"-", R"("-")"},
    {".", R"(".")"},
    {"..", R"("..")"},
    {".5x", R"(".5x")"},
    {"inf", R"("inf")"},
    {"NaN", R"("NaN")"},
    {"1.2.3", R"("1.2.3")"},
    {"1:30", R"("1:30")"},
    {"2001-12-14", R"("2001-12-14")"},
    {"2001-12-14T21:59:43Z", R"("2001-12-14T21:59:43Z")"},
    {"plain words", R"("plain words")"},
    {"größer", R"("größer")"},
};

TEST(YamlScalar, MeansWhatItMeansToKubectl) {
  for (const auto& [text, json] : kScalars) {
    const absl::StatusOr<base::Json> read = ReadPlainScalar(text);
    ASSERT_TRUE(read.ok()) << text;
    const base::Json wanted = base::Json::parse(json);
    EXPECT_EQ(*read, wanted) << text;
    EXPECT_EQ(read->is_number_float(), wanted.is_number_float()) << text;
  }
}

TEST(YamlScalar, WhatJsonCannotHoldIsRefused) {
  for (const std::string_view text : {".inf", ".Inf", "-.INF", "+.inf", ".nan", ".NAN"}) {
    EXPECT_THAT(ReadPlainScalar(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(YamlScalar, EscapesThatAreOneByteToTheParserAreMended) {
  const std::pair<std::string, std::string> kCases[] = {
      {"", ""},
      {"a", "a"},
      {"A\xa0"
       "B",
       "A\u00a0B"},
      {"\x85", "\u0085"},
      {"\x85\xa0\xa0", "\u0085\u00a0\u00a0"},
      // Characters that hold the two bytes.
      {"\u00e0\xa0\u0405\x85", "\u00e0\u00a0\u0405\u0085"},
      {"\u2005\xa0\U0001f805\x85", "\u2005\u00a0\U0001f805\u0085"},
      {"\u0085\x85", "\u0085\u0085"},
  };
  for (const auto& [text, wanted] : kCases) {
    EXPECT_THAT(ReadQuotedScalar(text), base::IsOkAndHolds(base::Json(wanted))) << text;
  }
  for (const std::string_view text :
       {"\xff", "a\x80", "\x85\xc3", "\xc3\x28\xa0", "\xed\xa0\x80"}) {
    EXPECT_THAT(ReadQuotedScalar(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace countersign::kube
