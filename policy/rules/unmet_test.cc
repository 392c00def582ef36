#include "policy/rules/unmet.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/rules/condition_fixture.h"

namespace countersign::policy {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

bool Holds(std::string_view condition, std::string_view predicate) {
  return WhyUnmetIn(condition, predicate).empty();
}

// The table of policy/rules/condition.h: of the list `l`, by what its elements are (T: it is true of
// them, F: false, ?: it cannot be judged), whether the condition holds.
TEST(FindUnmet, AQuantifierHoldsAsItsTableSays) {
  struct Row {
    std::string_view list;
    bool all, any, none;
  };
  const std::vector<Row> rows = {
      {"{}", false, false, false},                      // absent
      {R"({"l":null})", false, false, false},           // absent
      {R"({"l":{"0":{"v":1}}})", false, false, false},  // no list
      {R"({"l":"x"})", false, false, false},
      {R"({"l":[]})", false, false, true},
      {R"({"l":[{"v":1}]})", true, true, false},              // T
      {R"({"l":[{"v":1},{"v":1}]})", true, true, false},      // TT
      {R"({"l":[{"v":2}]})", false, false, true},             // F
      {R"({"l":[{"v":2},{"v":3}]})", false, false, true},     // FF
      {R"({"l":[{"v":1},{"v":2}]})", false, true, false},     // TF
      {R"({"l":[{}]})", false, false, false},                 // ?
      {R"({"l":[null]})", false, false, false},               // ?
      {R"({"l":[{"v":null}]})", false, false, false},         // ?
      {R"({"l":[{"v":[1]}]})", false, false, false},          // ?
      {R"({"l":[{"v":1},{}]})", false, true, false},          // T?
      {R"({"l":[{},{"v":1}]})", false, true, false},          // ?T
      {R"({"l":[{"v":2},{}]})", false, false, false},         // F?
      {R"({"l":[{"v":2},{},{"v":1}]})", false, true, false},  // F?T
  };
  for (const Row& row : rows) {
    const auto holds = [&](std::string_view quantifier, std::string_view rest) {
      return Holds(absl::StrCat(R"({"path":"/predicate/l/[*])", rest == "" ? "/v" : "",
                                R"(","quantifier":")", quantifier, "\",",
                                rest == "" ? R"("equals":1)" : rest, "}"),
                   row.list);
    };
    constexpr std::string_view kWhere = R"("where":[{"path":"/v","equals":1}])";
    for (const std::string_view rest : {std::string_view(""), kWhere}) {
      EXPECT_EQ(holds("all", rest), row.all) << row.list << rest;
      EXPECT_EQ(holds("any", rest), row.any) << row.list << rest;
      EXPECT_EQ(holds("none", rest), row.none) << row.list << rest;
    }
  }
}

// negate turns what is judged around, and never absence.
TEST(FindUnmet, NegatedWhatCannotBeJudgedStillDoesNotHold) {
  constexpr std::string_view kIs = R"({"path":"/predicate/v","equals":1})";
  constexpr std::string_view kIsNot = R"({"path":"/predicate/v","equals":1,"negate":true})";
  EXPECT_TRUE(Holds(kIs, R"({"v":1})"));
  EXPECT_FALSE(Holds(kIsNot, R"({"v":1})"));
  EXPECT_FALSE(Holds(kIs, R"({"v":2})"));
  EXPECT_TRUE(Holds(kIsNot, R"({"v":2})"));
  for (const char* absent : {"{}", R"({"v":null})", R"({"v":{}})", R"({"v":[]})", "7", "null"}) {
    EXPECT_FALSE(Holds(kIs, absent)) << absent;
    EXPECT_FALSE(Holds(kIsNot, absent)) << absent;
  }
  constexpr std::string_view kNoneNot =
      R"({"path":"/predicate/l/[*]","quantifier":"none","equals":1,"negate":true})";
  EXPECT_TRUE(Holds(kNoneNot, R"({"l":[1,1]})"));
  EXPECT_FALSE(Holds(kNoneNot, R"({"l":[1,2]})"));
  EXPECT_FALSE(Holds(kNoneNot, R"({"l":[1,null]})"));
}

TEST(FindUnmet, OneElementMustSatisfyEveryLine) {
  constexpr std::string_view kNone =
      R"({"path":"/predicate/r/[*]","quantifier":"none",
          "where":[{"path":"/severity","in":["HIGH","CRITICAL"]},{"path":"/fixed","exists":true}]})";
  EXPECT_TRUE(Holds(kNone, R"({"r":[]})"));
  EXPECT_TRUE(Holds(kNone, R"({"r":[{"severity":"HIGH"},{"severity":"LOW","fixed":"2"}]})"));
  EXPECT_EQ(
      WhyUnmetIn(kNone, R"({"r":[{"severity":"LOW"},{"severity":"HIGH","fixed":"1.2"}]})"),
      "/predicate/r/1: /severity is \"HIGH\", /fixed is \"1.2\", and there may be no such element");
  // One line that is false is enough, whatever the others; without one, absence decides.
  EXPECT_TRUE(Holds(kNone, R"({"r":[{}]})"));
  EXPECT_EQ(WhyUnmetIn(kNone, R"({"r":[{"fixed":"1.2"}]})"),
            "/predicate/r/0/severity is absent, and must be one of \"HIGH\", \"CRITICAL\"");
  constexpr std::string_view kOne = R"({"path":"/predicate/r",
      "where":[{"path":"/a","equals":1},{"path":"/b/0","equals":2}]})";
  EXPECT_TRUE(Holds(kOne, R"({"r":{"a":1,"b":[2]}})"));
  EXPECT_FALSE(Holds(kOne, R"({"r":{"a":1,"b":[3]}})"));
  EXPECT_FALSE(Holds(kOne, R"({"r":{"a":1}})"));
  EXPECT_FALSE(Holds(kOne, "{}"));
}

TEST(FindUnmet, ListsInsideListsAreOneList) {
  constexpr std::string_view kNone =
      R"({"path":"/predicate/r/[*]/v/[*]/s","quantifier":"none","equals":"HIGH"})";
  EXPECT_TRUE(Holds(kNone, R"({"r":[{"v":[{"s":"LOW"}]},{"v":[]}]})"));
  EXPECT_EQ(WhyUnmetIn(kNone, R"({"r":[{"v":[{"s":"LOW"}]},{"v":[{"s":"LOW"},{"s":"HIGH"}]}]})"),
            "/predicate/r/1/v/1/s is \"HIGH\", and there may be none that is \"HIGH\"");
  EXPECT_EQ(WhyUnmetIn(kNone, R"({"r":[{"v":[]},{}]})"),
            "/predicate/r/1/v is absent, and must be a list");
}

TEST(FindUnmet, ANumberInAPathIsAnIndexOrAName) {
  EXPECT_TRUE(Holds(R"({"path":"/predicate/l/1/a","equals":2})", R"({"l":[{"a":1},{"a":2}]})"));
  EXPECT_TRUE(Holds(R"({"path":"/predicate/l/1/a","equals":2})", R"({"l":{"1":{"a":2}}})"));
  EXPECT_FALSE(Holds(R"({"path":"/predicate/l/2/a","equals":2})", R"({"l":[{"a":2},{"a":2}]})"));
  EXPECT_FALSE(Holds(R"({"path":"/predicate/l/01/a","equals":2})", R"({"l":[{"a":2},{"a":2}]})"));
  EXPECT_TRUE(Holds(R"({"path":"/predicate/a~1b/~0","equals":2})", R"({"a/b":{"~":2}})"));
}

TEST(FindUnmet, EachConditionThatDoesNotHoldHasASentence) {
  const std::vector<Condition> conditions = {
      ConditionOf(R"({"path":"/predicateType","equals":"https://slsa.dev/provenance/v1"})"),
      ConditionOf(R"({"path":"/predicate/builder/id","equals":"x"})"),
      ConditionOf(R"({"path":"/predicate/finished","olderThan":"168h","negate":true})"),
      ConditionOf(R"({"path":"/subject/[*]/name","quantifier":"any","matches":"shop/.*"})"),
      ConditionOf(R"({"path":"/predicate/materials","equals":"x"})"),
  };
  EXPECT_THAT(
      FindUnmet(
          conditions,
          R"({"predicateType":"https://slsa.dev/provenance/v1","subject":[{"name":"a"},{"name":"b"}],
                    "predicate":{"builder":{"id":"y"},"finished":"2025-01-01T00:00:00Z","materials":[]}})",
          NowOfTests()),
      ElementsAre(
          "/predicate/builder/id is \"y\", and must be \"x\"",
          "/predicate/finished is \"2025-01-01T00:00:00Z\", and must not be older than 168h",
          "none of the 2 values of /subject/[*]/name will do, of which the first: "
          "/subject/0/name is \"a\", and must match \"shop/.*\"",
          "/predicate/materials is a list, and must be \"x\" (its elements are /[*])"));
}

TEST(FindUnmet, AgeIsJudgedByTheMomentThatIsGiven) {
  const std::vector<Condition> conditions = {
      ConditionOf(R"({"path":"/predicate","olderThan":"1h","negate":true})")};
  constexpr std::string_view kDocument = R"({"predicate":"2026-01-01T00:00:00Z"})";
  EXPECT_THAT(FindUnmet(conditions, kDocument, NowOfTests() + absl::Hours(1)), IsEmpty());
  EXPECT_THAT(FindUnmet(conditions, kDocument, NowOfTests() + absl::Hours(1) + absl::Seconds(1)),
              SizeIs(1));
}

TEST(FindUnmet, InADocumentThatCannotBeReadNothingHolds) {
  const std::vector<Condition> conditions = {
      ConditionOf(R"({"path":"/predicate/gone","exists":false})"),
      ConditionOf(R"({"path":"/predicate/l/[*]","quantifier":"none","equals":1})")};
  ASSERT_THAT(FindUnmet(conditions, R"({"predicate":{"l":[]}})", NowOfTests()), IsEmpty());
  std::string deep = "{\"x\":";
  for (int i = 0; i < 64; ++i) deep += "[";
  const std::string large = absl::StrCat("{\"x\":\"", std::string(8 << 20, 'x'), "\"}");
  for (const std::string_view document :
       {std::string_view(""), std::string_view("[]"), std::string_view("7"),
        std::string_view(R"({"predicate":{"l":[]}} x)"),
        std::string_view(R"({"predicate":{"l":[]})"),
        std::string_view(R"({"predicate":{"l":[]},"predicate":{"l":[]}})"),
        std::string_view(R"({"predicate":{"l":[]},"x":{"y":[{"z":1,"z":1}]}})"),
        std::string_view("{\"predicate\":{\"l\":[]},\"x\":\"\xff\"}"), std::string_view(deep),
        std::string_view(large)}) {
    EXPECT_THAT(FindUnmet(conditions, document, NowOfTests()),
                ElementsAre(StartsWith("what it states cannot be read: ")))
        << document.substr(0, 80);
  }
  EXPECT_THAT(FindUnmet({}, "", NowOfTests()), IsEmpty());
}

TEST(FindUnmet, TooManyValuesAreNotJudged) {
  std::string list = "{\"predicate\":[1";
  for (size_t i = 0; i < kMaxDocumentValues; ++i) list += ",1";
  list += "]}";
  EXPECT_THAT(WhyUnmet(R"({"path":"/predicate/[*]","equals":1})", list),
              HasSubstr("more than 131072 values"));
  // What no path leads through is not kept.
  EXPECT_THAT(WhyUnmet(R"({"path":"/predicate","exists":true})", list), IsEmpty());
}

TEST(FindUnmet, WhatIsComparedHasAnEnd) {
  std::string values;
  for (int i = 0; i < 256; ++i) absl::StrAppend(&values, i == 0 ? "" : ",", "\"v", i, "\"");
  const Condition condition = ConditionOf(
      absl::StrCat(R"({"path":"/predicate/[*]","quantifier":"none","in":[)", values, "]}"));
  std::string list = "{\"predicate\":[1";
  for (int i = 0; i < 40'000; ++i) list += ",1";
  list += "]}";
  EXPECT_THAT(FindUnmet(std::vector<Condition>{condition, condition}, list, NowOfTests()),
              ElementsAre(HasSubstr("more than is compared"), HasSubstr("more than is compared")));
}

TEST(FindUnmet, SentencesArePrintableAndShort) {
  const std::string evil = absl::StrCat("\"\\u001b[31m", std::string(100'000, 'x'), "\\n\"");
  const std::string why = WhyUnmetIn(R"({"path":"/predicate/a\nb","equals":"x"})",
                                     absl::StrCat("{\"a\\nb\":", evil, "}"));
  EXPECT_THAT(why, AllOf(HasSubstr("/predicate/a\\x0ab is \"\\x1b"), HasSubstr("must be \"x\"")));
  EXPECT_LT(why.size(), 700u);
}

TEST(FindUnmet, ConditionsThatSayNothingDoNotHold) {
  Condition both = ConditionOf(R"({"path":"/predicate","exists":true})");
  both.where.push_back({.comparison = *both.comparison});
  Condition elsewhere = ConditionOf(R"({"path":"/predicate","exists":true})");
  elsewhere.path = *DocumentPath::Parse("/payload");
  EXPECT_THAT(FindUnmet(std::vector<Condition>{Condition(), both, elsewhere},
                        R"({"predicate":{},"payload":{}})", NowOfTests()),
              SizeIs(3));
}

}  // namespace
}  // namespace countersign::policy
