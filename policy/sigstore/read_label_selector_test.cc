#include "policy/sigstore/read_label_selector.h"

#include <string>
#include <utility>
#include <variant>

#include "base/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using base::Json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

TEST(ReadLabelSelector, ReadsAllThatItMayHave) {
  std::vector<Problem> problems;
  const Json json = {
      {"matchLabels", {{"a", "b"}}},
      {"matchExpressions", {{{"key", "tier"}, {"operator", "In"}, {"values", {"x"}}}}}};
  const LabelSelectorSpec spec = ReadLabelSelector(base::JsonPlace(json), problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_THAT(spec.match_labels, ElementsAre(Pair("a", "b")));
  ASSERT_THAT(spec.match_expressions, SizeIs(1));
  EXPECT_EQ(spec.match_expressions[0].key, "tier");
  EXPECT_EQ(spec.match_expressions[0].op, "In");
  EXPECT_THAT(spec.match_expressions[0].values, ElementsAre("x"));
}

TEST(ReadLabelSelector, WhatIsNullIsAbsent) {
  std::vector<Problem> problems;
  const Json json = {
      {"matchLabels", nullptr},
      {"matchExpressions", {{{"key", "tier"}, {"operator", "Exists"}, {"values", nullptr}}}}};
  const LabelSelectorSpec spec = ReadLabelSelector(base::JsonPlace(json), problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_TRUE(std::holds_alternative<LabelSelector>(LabelSelector::Compile(spec, "")));
}

TEST(ReadLabelSelector, WhatCannotBeReadCompilesToNone) {
  const std::pair<Json, std::string> cases[] = {
      {{{"matchLabels", "a=b"}}, "/matchLabels: must be an object, is a string"},
      {{{"matchlabels", {{"a", "b"}}}}, "/matchlabels: json: unknown field \"matchlabels\""},
      {"a=b", ": must be an object, is a string"},
  };
  for (const auto& [json, expected] : cases) {
    std::vector<Problem> problems;
    const LabelSelectorSpec spec = ReadLabelSelector(base::JsonPlace(json), problems);
    EXPECT_THAT(problems, SizeIs(1)) << json;
    const auto compiled = LabelSelector::Compile(spec, "/selector");
    const Problem* const problem = std::get_if<Problem>(&compiled);
    ASSERT_NE(problem, nullptr) << json;
    EXPECT_EQ(problem->pointer + ": " + problem->reason, expected);
  }
}

}  // namespace
}  // namespace countersign::policy
