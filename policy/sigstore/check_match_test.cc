#include "policy/sigstore/check_match.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::vector<std::string> Lines(const MatchEntry& entry) {
  std::vector<Finding> findings;
  CheckMatchEntry(entry, "/m/0", findings);
  std::vector<std::string> lines;
  for (const Finding& finding : findings) {
    lines.push_back((finding.refuses ? "refused " : "") + finding.pointer + ": " + finding.reason);
  }
  return lines;
}

TEST(CheckMatchEntry, SaysNothingOfAWholeOne) {
  EXPECT_THAT(Lines({.version = "v1", .resource = "pods"}), IsEmpty());
  EXPECT_THAT(Lines({.group = "apps", .version = "*", .resource = "deployments"}), IsEmpty());
  EXPECT_THAT(Lines({.group = "example.com", .version = "v1", .resource = "widgets"}), IsEmpty());
}

TEST(CheckMatchEntry, WarnsOfWhatNeverMatchedInThePolicyController) {
  EXPECT_THAT(Lines({}), ElementsAre(StartsWith("/m/0: names no kind, and so matches all")));
  EXPECT_THAT(Lines({.resource = "pods"}), ElementsAre(StartsWith("/m/0/version: is absent")));
  EXPECT_THAT(
      Lines({.version = "v1"}),
      ElementsAre(StartsWith("/m/0/resource: is absent, and so everything in the group \"\"")));
  EXPECT_THAT(Lines({.version = "v1", .resource = "deployments"}),
              ElementsAre(StartsWith("/m/0/group: is absent, and so \"apps\"")));
  EXPECT_THAT(Lines({.resource = "cronjobs"}),
              ElementsAre(StartsWith("/m/0/version: "),
                          StartsWith("/m/0/group: is absent, and so \"batch\"")));
}

TEST(CheckMatchEntry, WarnsOfAGroupThatDoesNotHaveTheResource) {
  EXPECT_THAT(
      Lines({.group = "apps", .version = "v1", .resource = "pods"}),
      ElementsAre("/m/0/group: pods are in the group \"\", not in \"apps\": the entry matches "
                  "nothing"));
}

TEST(CheckMatchEntry, RefusesSelectorsThatCannotBeCompiled) {
  MatchEntry entry{.version = "v1", .resource = "pods"};
  entry.selector =
      LabelSelectorSpec{.match_expressions = {{.key = "a", .op = "Is", .values = {"b"}}}};
  EXPECT_THAT(Lines(entry),
              ElementsAre(StartsWith("refused /m/0/selector/matchExpressions/0/operator: \"Is\"")));
}

}  // namespace
}  // namespace countersign::policy
