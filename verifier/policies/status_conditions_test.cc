#include "verifier/policies/status_conditions.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::Json;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr char kNowText[] = "2023-11-14T22:13:20Z";

Json Object(Json conditions) {
  return {{"metadata", {{"generation", 4}}}, {"status", {{"conditions", std::move(conditions)}}}};
}

TEST(StatusConditions, TheStandardFormHasAllMembers) {
  EXPECT_EQ(WriteConditions(Object(Json::array()), {{"Accepted", true, "Accepted", "It is."}},
                            ConditionForm::kStandard, kNow),
            Json::array({{{"type", "Accepted"},
                          {"status", "True"},
                          {"reason", "Accepted"},
                          {"message", "It is."},
                          {"observedGeneration", 4},
                          {"lastTransitionTime", kNowText}}}));
}

TEST(StatusConditions, KnativesFormHasOnlyWhatThereIsToSay) {
  EXPECT_EQ(WriteConditions(Object(Json::array()),
                            {{.type = "Ready", .holds = true}, {"KeysInlined", false, "Why", "x"}},
                            ConditionForm::kKnative, kNow),
            Json::array({{{"type", "Ready"}, {"status", "True"}, {"lastTransitionTime", kNowText}},
                         {{"type", "KeysInlined"},
                          {"status", "False"},
                          {"reason", "Why"},
                          {"message", "x"},
                          {"lastTransitionTime", kNowText}}}));
}

TEST(StatusConditions, EachKeepsItsPlaceAndTheTimeOfItsTransition) {
  const std::string before = "2023-01-01T00:00:00Z";
  const Json stored =
      Json::array({{{"type", "Ready"}, {"status", "False"}, {"lastTransitionTime", before}},
                   {{"type", "Others"}, {"status", "Unknown"}},
                   {{"type", "KeysInlined"}, {"status", "True"}, {"lastTransitionTime", before}}});
  const Json conditions = WriteConditions(
      Object(stored), {{.type = "Ready", .holds = true}, {.type = "KeysInlined", .holds = true}},
      ConditionForm::kKnative, kNow);
  ASSERT_EQ(conditions.size(), 3u);
  EXPECT_EQ(conditions[0].at("lastTransitionTime"), kNowText);
  EXPECT_EQ(conditions[1], stored[1]);
  EXPECT_EQ(conditions[2].at("lastTransitionTime"), before);
}

TEST(StatusConditions, TheTimeOfATransitionIsNoOtherStatus) {
  Json status = {{"conditions", {{{"status", "True"}, {"lastTransitionTime", "a"}}}}};
  Json later = status;
  later["conditions"][0]["lastTransitionTime"] = "b";
  EXPECT_TRUE(IsSameStatus(status, later));
  later["conditions"][0]["status"] = "False";
  EXPECT_FALSE(IsSameStatus(status, later));
}

TEST(StatusConditions, AListOfProblemsIsCut) {
  EXPECT_EQ(ListProblems({{"/a", "x"}, {"/b", "y"}}), "/a: x; /b: y");
  const std::vector<policy::Problem> many(1000, {"/spec", std::string(100, 'x')});
  EXPECT_LT(ListProblems(many).size(), 5u << 10);
  EXPECT_THAT(ListProblems(many), testing::ContainsRegex("; and [0-9]+ more$"));
}

}  // namespace
}  // namespace countersign::verifier
