#include "policy/rules/comparison.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/rules/condition_fixture.h"

namespace countersign::policy {
namespace {

using testing::HasSubstr;

// What is known of a value, by what holds of it: "true", "false" if that it is negated does, or
// "unknown" if neither does.
std::string Truth(std::string_view operation, std::string_view value) {
  const std::string document = absl::StrCat("{\"v\":", value, "}");
  const auto holds = [&](std::string_view negate) {
    const std::string condition =
        absl::StrCat("{\"path\":\"/predicate/v\",", operation, negate, "}");
    return WhyUnmetIn(condition, document).empty();
  };
  const bool is_true = holds("");
  const bool is_false = holds(",\"negate\":true");
  EXPECT_FALSE(is_true && is_false);
  return is_true ? "true" : is_false ? "false" : "unknown";
}

struct Row {
  std::string_view operation;
  std::string_view value;
  std::string_view truth;
};

TEST(Comparison, EachOperatorJudgesItsKindsAndNothingElse) {
  const std::vector<Row> rows = {
      {R"("equals":"x")", R"("x")", "true"},
      {R"("equals":"x")", R"("X")", "false"},
      {R"("equals":"1")", "1", "false"},
      {R"("equals":1)", R"("1")", "false"},
      {R"("equals":1)", "1.0", "true"},
      {R"("equals":1)", "10e-1", "true"},
      {R"("equals":true)", "true", "true"},
      {R"("equals":true)", "false", "false"},
      {R"("equals":true)", "1", "false"},
      {R"("equals":"x")", "null", "unknown"},
      {R"("equals":"x")", "{}", "unknown"},
      {R"("equals":"x")", R"(["x"])", "unknown"},
      {R"("in":["a",2,false])", R"("a")", "true"},
      {R"("in":["a",2,false])", "2", "true"},
      {R"("in":["a",2,false])", "false", "true"},
      {R"("in":["a",2,false])", "true", "false"},
      {R"("in":["a",2,false])", "null", "unknown"},
      {R"("matches":"a+")", R"("aaa")", "true"},
      {R"("matches":"a+")", R"("baaa")", "false"},
      {R"("matches":"a|b")", R"("ab")", "false"},
      {R"("matches":"a.*")", R"("a\nb")", "false"},
      {R"("matches":"1")", "1", "unknown"},
      {R"("before":"2026-01-01T00:00:00Z")", R"("2025-12-31T23:59:59Z")", "true"},
      {R"("before":"2026-01-01T00:00:00Z")", R"("2026-01-01T00:00:00Z")", "false"},
      {R"("before":"2026-01-01T00:00:00Z")", R"("2026-01-01T00:30:00+01:00")", "true"},
      {R"("before":"2026-01-01T00:00:00Z")", R"("yesterday")", "unknown"},
      {R"("before":"2026-01-01T00:00:00Z")", R"("infinite-past")", "unknown"},
      {R"("before":"2026-01-01T00:00:00Z")", "0", "unknown"},
      {R"("after":"2026-01-01T00:00:00Z")", R"("2026-01-01T00:00:00.000000001Z")", "true"},
      {R"("after":"2026-01-01T00:00:00Z")", R"("2026-01-01T00:00:00Z")", "false"},
      {R"("olderThan":"168h")", R"("2025-12-24T23:59:59Z")", "true"},
      {R"("olderThan":"168h")", R"("2025-12-25T00:00:00Z")", "false"},
      {R"("olderThan":"168h")", R"("2099-01-01T00:00:00Z")", "false"},
      {R"("olderThan":"168h")", R"("")", "unknown"},
      {R"("lessThan":7.5)", "7.4999999999999999999", "true"},
      {R"("lessThan":7.5)", "7.5", "false"},
      {R"("lessThan":7.5)", R"("7")", "unknown"},
      {R"("greaterThan":9007199254740992)", "9007199254740993", "true"},
      {R"("greaterThan":9007199254740993)", "9007199254740993", "false"},
      {R"("greaterThan":18446744073709551614)", "18446744073709551615", "true"},
      {R"("greaterThan":0)", "1e-400", "true"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Truth(row.operation, row.value), row.truth) << row.operation << " " << row.value;
  }
}

TEST(Comparison, NumbersAreNeverTakenForTheirNeighbours) {
  EXPECT_EQ(Truth(R"("equals":9007199254740993)", "9007199254740993"), "true");
  EXPECT_EQ(Truth(R"("equals":9007199254740993)", "9007199254740993.0"), "true");
  EXPECT_EQ(Truth(R"("equals":9007199254740993)", "9007199254740992"), "false");
  EXPECT_EQ(Truth(R"("equals":0.1)", "0.1"), "true");
  EXPECT_EQ(Truth(R"("equals":0.1)", "0.10000000000000001"), "false");
  EXPECT_EQ(Truth(R"("in":[18446744073709551615])", "18446744073709551616"), "false");
}

TEST(Comparison, WhetherSomethingIsThereCanAlwaysBeJudged) {
  const auto exists = [](std::string_view wanted, std::string_view predicate) {
    return WhyUnmetIn(absl::StrCat(R"({"path":"/predicate/a/v","exists":)", wanted, "}"), predicate)
        .empty();
  };
  for (const char* there : {R"({"a":{"v":0}})", R"({"a":{"v":""}})", R"({"a":{"v":false}})",
                            R"({"a":{"v":[]}})", R"({"a":{"v":{}}})"}) {
    EXPECT_TRUE(exists("true", there)) << there;
    EXPECT_FALSE(exists("false", there)) << there;
  }
  for (const char* absent : {R"({"a":{"v":null}})", R"({"a":{}})", R"({"a":7})", R"({"a":[1]})",
                             R"({})", R"({"a":null})", "null", "7"}) {
    EXPECT_FALSE(exists("true", absent)) << absent;
    EXPECT_TRUE(exists("false", absent)) << absent;
  }
}

TEST(Comparison, OneThatSaysNothingHoldsOfNothing) {
  const base::Json value = "x";
  EXPECT_EQ(Judge({}, &value, NowOfTests()), countersign::policy::Truth::kUnknown);
  EXPECT_EQ(Judge({.negate = true}, &value, NowOfTests()), countersign::policy::Truth::kUnknown);
  for (const Operator op : {Operator::kEquals, Operator::kIn, Operator::kMatches,
                            Operator::kLessThan, Operator::kGreaterThan}) {
    for (const bool negate : {false, true}) {
      EXPECT_EQ(Judge({.op = op, .negate = negate}, &value, NowOfTests()),
                countersign::policy::Truth::kUnknown);
    }
  }
}

TEST(Comparison, WhatIsFoundIsPrintableAndShort) {
  const base::Json text = "a\n\"" + std::string(500, 'x');
  EXPECT_THAT(Found(&text), HasSubstr(R"("a\x0a\")"));
  EXPECT_LT(Found(&text).size(), 150u);
  const base::Json number = base::Json::binary({'1', '2'});
  EXPECT_EQ(Found(&number), "12");
  EXPECT_EQ(Found(nullptr), "absent");
}

}  // namespace
}  // namespace countersign::policy
