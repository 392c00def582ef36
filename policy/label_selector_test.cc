#include "policy/label_selector.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using Labels = std::map<std::string, std::string>;

std::variant<Problem, LabelSelector> Compile(const LabelSelectorSpec& spec) {
  return LabelSelector::Compile(spec, "/spec/match/0/selector");
}

bool Matches(const LabelSelectorSpec& spec, const Labels& labels) {
  const auto compiled = Compile(spec);
  const LabelSelector* const selector = std::get_if<LabelSelector>(&compiled);
  EXPECT_NE(selector, nullptr);
  return selector != nullptr && selector->Matches(labels);
}

LabelSelectorSpec Expression(std::string op, std::vector<std::string> values = {}) {
  return {.match_expressions = {{.key = "tier", .op = std::move(op), .values = std::move(values)}}};
}

// Where, and why.
std::string ProblemIn(const LabelSelectorSpec& spec) {
  const auto compiled = Compile(spec);
  const Problem* const problem = std::get_if<Problem>(&compiled);
  return problem == nullptr ? "none" : problem->pointer + ": " + problem->reason;
}

TEST(LabelSelector, WithoutRequirementsMatchesAll) {
  EXPECT_TRUE(Matches({}, {}));
  EXPECT_TRUE(Matches({}, {{"a", "b"}}));
}

TEST(LabelSelector, AsksForEveryLabel) {
  const LabelSelectorSpec both = {.match_labels = {{"a", "b"}, {"example.com/c", ""}}};
  EXPECT_TRUE(Matches(both, {{"a", "b"}, {"example.com/c", ""}, {"e", "f"}}));
  EXPECT_FALSE(Matches(both, {{"a", "b"}}));
  EXPECT_FALSE(Matches(both, {{"a", "x"}, {"example.com/c", ""}}));
}

TEST(LabelSelector, HasFourOperators) {
  const LabelSelectorSpec in = Expression("In", {"prod", "test"});
  EXPECT_TRUE(Matches(in, {{"tier", "test"}}));
  EXPECT_FALSE(Matches(in, {{"tier", "dev"}}));
  EXPECT_FALSE(Matches(in, {}));
  const LabelSelectorSpec not_in = Expression("NotIn", {"prod"});
  EXPECT_FALSE(Matches(not_in, {{"tier", "prod"}}));
  EXPECT_TRUE(Matches(not_in, {{"tier", "dev"}}));
  EXPECT_TRUE(Matches(not_in, {}));
  EXPECT_TRUE(Matches(Expression("Exists"), {{"tier", ""}}));
  EXPECT_FALSE(Matches(Expression("Exists"), {{"other", ""}}));
  EXPECT_TRUE(Matches(Expression("DoesNotExist"), {}));
  EXPECT_FALSE(Matches(Expression("DoesNotExist"), {{"tier", ""}}));
}

TEST(LabelSelector, MustHoldAsAWhole) {
  LabelSelectorSpec both = Expression("Exists");
  both.match_labels = {{"a", "b"}};
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
  EXPECT_EQ(ProblemIn({.match_expressions = {{.key = "-", .op = "Exists"}}}),
            first + "key: no label has the key \"-\"");
  EXPECT_EQ(ProblemIn({.match_labels = {{"A_b/c", "d"}}}),
            "/spec/match/0/selector/matchLabels/A_b~1c: no label is \"A_b/c=d\"");
}

TEST(LabelSelector, ThatCouldNotBeReadIsNeverOneThatMatchesAll) {
  EXPECT_EQ(ProblemIn({.broken = Problem{"/a", "must be an object"}}), "/a: must be an object");
}

}  // namespace
}  // namespace countersign::policy
