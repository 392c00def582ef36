#include "policy/rules/condition_reader.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/rules/condition_fixture.h"

namespace countersign::policy {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// Of a condition with this beside its path.
std::string FaultsWith(std::string_view members) {
  return FaultsOf(absl::StrCat(R"({"path":"/predicate/a",)", members, "}"));
}

TEST(ReadCondition, ReadsEachOperator) {
  for (const char* operation :
       {R"("equals":"x")", R"("equals":true)", R"("equals":-1.5)", R"("in":["a",1,false])",
        R"("matches":"^a.*$")", R"("exists":true)", R"("before":"2026-01-01T00:00:00+02:00")",
        R"("after":"2026-01-01T00:00:00Z")", R"("olderThan":"168h")", R"("olderThan":"1h30m")",
        R"("lessThan":7)", R"("greaterThan":7.25)", R"("equals":"x","negate":true)",
        R"("equals":"x","negate":false)", R"("equals":"x","authority":"ci")"}) {
    EXPECT_THAT(FaultsWith(operation), IsEmpty()) << operation;
  }
  const Condition where = ConditionOf(
      R"({"path":"/predicate/[*]","quantifier":"none",
          "where":[{"path":"/a","in":[1]},{"path":"","exists":true}]})");
  EXPECT_EQ(where.quantifier, Quantifier::kNone);
  EXPECT_EQ(where.where.size(), 2u);
  EXPECT_FALSE(where.comparison.has_value());
  EXPECT_EQ(ConditionOf(R"({"path":"/predicate/[*]","equals":1})").quantifier, Quantifier::kAll);
}

TEST(ReadCondition, SaysWhereItIsWrongAndWhatToWriteInstead) {
  struct Row {
    std::string_view members;
    std::string_view fault;
  };
  const std::vector<Row> rows = {
      {R"("negate":true)", ": must have one of equals, in"},
      {R"("equals":"x","matches":"y")", "/matches: is a second operator"},
      {R"("equal":"x")", "/equal: is not known: a condition has path"},
      {R"("equals":null)", "/equals: must not be null: absence is asked for by exists: false"},
      {R"("equals":{"a":1})", "/equals: must be a string, a number"},
      {R"("equals":["a"])", "/equals: must be a string, a number"},
      {R"("equals":18446744073709551616)", "/equals: cannot be told from its neighbours"},
      {R"("equals":0.1234567890123456)", "/equals: cannot be told from its neighbours"},
      {R"("in":"a")", "/in: must be an array"},
      {R"("in":[])", "/in: must hold at least one value"},
      {R"("in":["a",null])", "/in/1: must be a string, a number"},
      {R"j("matches":"(")j", "/matches: is no expression of RE2's syntax"},
      {R"j("matches":"(?=a)")j", "/matches: is no expression of RE2's syntax"},
      {R"("matches":7)", "/matches: must be a string"},
      {R"("exists":"true")", "/exists: must be a boolean"},
      {R"("exists":true,"negate":true)",
       "/negate: must not stand beside exists: write exists: false"},
      {R"("before":"2026-01-01")", "/before: must be an RFC 3339 time"},
      {R"("after":"now")", "/after: must be an RFC 3339 time"},
      {R"("olderThan":"7d")", "/olderThan: must be a duration, such as 168h"},
      {R"("olderThan":"-1h")", "/olderThan: must be a duration"},
      {R"("olderThan":"inf")", "/olderThan: must be a duration"},
      {R"("olderThan":168)", "/olderThan: must be a string"},
      {R"("lessThan":"7")", "/lessThan: must be a number"},
      {R"("equals":"x","negate":"yes")", "/negate: must be a boolean"},
      {R"("equals":"x","quantifier":"some")", "/quantifier: must be all, any or none"},
      {R"("equals":"x","quantifier":"any")", "/quantifier: has no meaning without [*]"},
      {R"("where":[])", "/where: must hold at least one line"},
      {R"("where":null)", "/where: must hold at least one line"},
      {R"("where":[{"path":"/b"}])", "/where/0: must have one of"},
      {R"("where":[{"equals":"b"}])", "/where/0/path: must be"},
      {R"("where":[{"path":"/b/[*]","equals":1}])", "/where/0/path: must not hold [*]"},
      {R"("where":[{"path":"/b","equals":1,"where":[]}])", "/where/0/where: is not known"},
      {R"("where":[{"path":"/b","equals":1}],"equals":1)", "/equals: must not stand beside where"},
      {R"("where":[{"path":"/b","equals":1}],"negate":true)",
       "/negate: must not stand beside where"},
  };
  for (const Row& row : rows) {
    EXPECT_THAT(FaultsWith(row.members), StartsWith(row.fault)) << row.members;
  }
  EXPECT_THAT(FaultsOf(R"({"equals":1})"), HasSubstr("/path"));
  EXPECT_THAT(FaultsOf(R"({"path":"predicate","equals":1})"),
              HasSubstr("/path: must begin with '/'"));
  EXPECT_THAT(FaultsOf(R"({"path":"/payload","equals":1})"), HasSubstr("nothing else is seen"));
  EXPECT_THAT(FaultsOf(R"({"path":"","equals":1})"), HasSubstr("nothing else is seen"));
  EXPECT_THAT(FaultsOf("[]"), HasSubstr("must be an object"));
}

TEST(ReadCondition, TheTextOfAConditionIsTheSameForTheSameAlone) {
  const std::string text = ConditionOf(R"({"path":"/predicate/a","equals":"x"})").text;
  EXPECT_EQ(ConditionOf(R"({ "equals":"\u0078", "path":"/predicate/a"})").text, text);
  EXPECT_NE(ConditionOf(R"({"path":"/predicate/a","equals":"y"})").text, text);
  EXPECT_NE(ConditionOf(R"({"path":"/predicate/a","equals":"x","negate":true})").text, text);
}

TEST(ReadCondition, EveryLineThatIsWrongIsTold) {
  EXPECT_THAT(
      FaultsWith(R"("where":[{"path":"b","equals":1},{"path":"/b","equals":1},{"path":"/c"}])"),
      testing::AllOf(HasSubstr("/where/0/path: "), HasSubstr("; /where/2: ")));
}

TEST(ReadCondition, HasLimits) {
  std::string values;
  for (int i = 0; i < 257; ++i) absl::StrAppend(&values, i == 0 ? "" : ",", i);
  EXPECT_THAT(FaultsWith(absl::StrCat(R"("in":[)", values, "]")), HasSubstr("at most 256"));
  std::string lines;
  for (int i = 0; i < 17; ++i) {
    absl::StrAppend(&lines, i == 0 ? "" : ",", R"({"path":"/b","equals":1})");
  }
  EXPECT_THAT(FaultsWith(absl::StrCat(R"("where":[)", lines, "]")), HasSubstr("at most 16"));
  EXPECT_THAT(FaultsWith(R"j("matches":"((a{1,100}){1,100}){1,100}")j"), HasSubstr("RE2"));
  constexpr std::string_view kNumbers =
      R"({"path":"/predicate/0/1/2/*","where":[{"path":"/3%s","equals":1}]})";
  EXPECT_THAT(FaultsOf(absl::StrReplaceAll(kNumbers, {{"%s", ""}})), IsEmpty());
  EXPECT_THAT(FaultsOf(absl::StrReplaceAll(kNumbers, {{"%s", "/4"}})),
              HasSubstr("/where/0/path: has, with the condition's, more than 4 tokens"));
}

}  // namespace
}  // namespace countersign::policy
