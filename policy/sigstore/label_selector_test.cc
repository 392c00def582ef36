#include "policy/sigstore/label_selector.h"

#include <string>
#include <string_view>

#include "base/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using base::Json;
using Labels = std::map<std::string, std::string>;

std::variant<Problem, LabelSelector> Compile(const Json& json) {
  std::vector<Problem> problems;
  const LabelSelectorSpec spec = ReadLabelSelector(base::JsonPlace(json), problems);
  return LabelSelector::Compile(spec, "/spec/match/0/selector");
}

bool Matches(const Json& json, const Labels& labels) {
  const auto compiled = Compile(json);
  const LabelSelector* const selector = std::get_if<LabelSelector>(&compiled);
  EXPECT_NE(selector, nullptr) << json;
  return selector != nullptr && selector->Matches(labels);
}

Json Expression(std::string_view op, const Json& values = nullptr) {
  return {{"matchExpressions", {{{"key", "tier"}, {"operator", op}, {"values", values}}}}};
}

// Where, and why.
std::string ProblemIn(const Json& json) {
  const auto compiled = Compile(json);
  const Problem* const problem = std::get_if<Problem>(&compiled);
  if (problem == nullptr) return "none";
  return problem->pointer.empty() ? problem->reason : problem->pointer + ": " + problem->reason;
}

TEST(LabelSelector, WithoutRequirementsMatchesAll) {
  EXPECT_TRUE(Matches(Json::object(), {}));
  EXPECT_TRUE(Matches({{"matchLabels", nullptr}}, {{"a", "b"}}));
}

TEST(LabelSelector, AsksForEveryLabel) {
  const Json both = {{"matchLabels", {{"a", "b"}, {"example.com/c", ""}}}};
  EXPECT_TRUE(Matches(both, {{"a", "b"}, {"example.com/c", ""}, {"e", "f"}}));
  EXPECT_FALSE(Matches(both, {{"a", "b"}}));
  EXPECT_FALSE(Matches(both, {{"a", "x"}, {"example.com/c", ""}}));
}

TEST(LabelSelector, HasFourOperators) {
  const Json in = Expression("In", {"prod", "test"});
  EXPECT_TRUE(Matches(in, {{"tier", "test"}}));
  EXPECT_FALSE(Matches(in, {{"tier", "dev"}}));
  EXPECT_FALSE(Matches(in, {}));
  const Json not_in = Expression("NotIn", {"prod"});
  EXPECT_FALSE(Matches(not_in, {{"tier", "prod"}}));
  EXPECT_TRUE(Matches(not_in, {{"tier", "dev"}}));
  EXPECT_TRUE(Matches(not_in, {}));
  EXPECT_TRUE(Matches(Expression("Exists"), {{"tier", ""}}));
  EXPECT_FALSE(Matches(Expression("Exists"), {{"other", ""}}));
  EXPECT_TRUE(Matches(Expression("DoesNotExist"), {}));
  EXPECT_FALSE(Matches(Expression("DoesNotExist"), {{"tier", ""}}));
}

TEST(LabelSelector, MustHoldAsAWhole) {
  Json both = Expression("Exists");
  both["matchLabels"] = {{"a", "b"}};
  EXPECT_TRUE(Matches(both, {{"a", "b"}, {"tier", "x"}}));
  EXPECT_FALSE(Matches(both, {{"a", "b"}}));
  EXPECT_FALSE(Matches(both, {{"tier", "x"}}));
}

TEST(LabelSelector, SaysWhereItIsBad) {
  const std::string first = "/spec/match/0/selector/matchExpressions/0/";
  EXPECT_EQ(ProblemIn(Expression("Equals", {"x"})),
            first + "operator: \"Equals\" is none of In, NotIn, Exists, DoesNotExist");
  EXPECT_EQ(ProblemIn(Expression("")),
            first + "operator: \"\" is none of In, NotIn, Exists, DoesNotExist");
  EXPECT_EQ(ProblemIn(Expression("In")), first + "values: must not be empty with the operator In");
  EXPECT_EQ(ProblemIn(Expression("Exists", {"x"})),
            first + "values: must be empty with the operator Exists");
  EXPECT_EQ(ProblemIn(Expression("In", {"x", "a b"})),
            first + "values/1: no label has the value \"a b\"");
  EXPECT_EQ(ProblemIn({{"matchExpressions", {{{"key", "-"}, {"operator", "Exists"}}}}}),
            first + "key: no label has the key \"-\"");
  EXPECT_EQ(ProblemIn({{"matchLabels", {{"A_b/c", "d"}}}}),
            "/spec/match/0/selector/matchLabels/A_b~1c: no label is \"A_b/c=d\"");
}

TEST(LabelSelector, ThatCannotBeReadIsNeverOneThatMatchesAll) {
  EXPECT_EQ(ProblemIn({{"matchLabels", "a=b"}}), "/matchLabels: must be an object, is a string");
  EXPECT_EQ(ProblemIn({{"matchlabels", {{"a", "b"}}}}),
            "/matchlabels: json: unknown field \"matchlabels\"");
  EXPECT_EQ(ProblemIn("a=b"), "must be an object, is a string");
}

}  // namespace
}  // namespace countersign::policy
