#include "policy/sigstore/policy_overlap.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using base::Json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Keys are not read here: any text stands for one.
Json Key(std::string_view data) { return {{"key", {{"data", data}}}}; }
const Json kPass = {{"static", {{"action", "pass"}}}};

Json Policy(std::string_view name, const std::vector<std::string>& globs,
            std::vector<Json> authorities, std::string_view mode = "enforce") {
  Json images = Json::array();
  for (const std::string& glob : globs) images.push_back({{"glob", glob}});
  return {{"apiVersion", "policy.sigstore.dev/v1beta1"},
          {"kind", "ClusterImagePolicy"},
          {"metadata", {{"name", name}}},
          {"spec", {{"mode", mode}, {"images", images}, {"authorities", std::move(authorities)}}}};
}

Json Options(std::string_view name, Json spec) {
  return {{"apiVersion", "policy.countersign.dev/v1alpha1"},
          {"kind", "PolicyOptions"},
          {"metadata", {{"name", name}}},
          {"spec", std::move(spec)}};
}

// Each "<p or o><index> <pointer>: <reason>".
std::vector<std::string> Find(const std::vector<Json>& policies,
                              const std::vector<Json>& options = {}) {
  std::vector<const Json*> policy_pointers, option_pointers;
  for (const Json& one : policies) policy_pointers.push_back(&one);
  for (const Json& one : options) option_pointers.push_back(&one);
  std::vector<std::string> found;
  for (const OverlapFinding& one : FindOverlaps(policy_pointers, option_pointers)) {
    found.push_back(absl::StrCat(one.is_of_options ? "o" : "p", one.index,
                                 one.finding.refuses ? " refused " : " ", one.finding.pointer, ": ",
                                 one.finding.reason));
  }
  return found;
}

TEST(PolicyOverlap, FindsNothingInPoliciesOfDifferentImages) {
  EXPECT_THAT(
      Find({Policy("a", {"r.io/a/**"}, {Key("k")}), Policy("b", {"r.io/b/**"}, {Key("k")})}),
      IsEmpty());
}

TEST(PolicyOverlap, AStaticPassMakesTheOtherAuthoritiesWorthless) {
  EXPECT_THAT(Find({Policy("a", {"r.io/**"}, {Key("k"), kPass})}),
              ElementsAre(HasSubstr("p0 /spec/authorities/1/static: lets every image pass")));
}

TEST(PolicyOverlap, AStaticPassThatIsNotEnoughDoesNot) {
  EXPECT_THAT(
      Find({Policy("a", {"r.io/**"}, {Key("k"), kPass})}, {Options("a", {{"threshold", 2}})}),
      IsEmpty());
}

TEST(PolicyOverlap, AStaticPassOfAGroupMakesTheOthersOfItWorthless) {
  EXPECT_THAT(
      Find({Policy("a", {"r.io/shop/*"}, {Key("k")}), Policy("b", {"r.io/**"}, {kPass})},
           {Options("a", {{"group", "g"}}), Options("b", {{"group", "g"}})}),
      ElementsAre(HasSubstr("p1 /spec/authorities: lets every image pass, and one policy of "
                            "the group \"g\" is enough")));
}

TEST(PolicyOverlap, AStaticPassThatDoesNotAlwaysAskMakesNothingWorthless) {
  EXPECT_THAT(Find({Policy("a", {"r.io/shop/*"}, {Key("k")}), Policy("b", {"r.io/**"}, {kPass})},
                   {Options("a", {{"group", "g"}}),
                    Options("b", {{"group", "g"}, {"effectiveFrom", "2020-01-01T00:00:00Z"}})}),
              IsEmpty());
}

TEST(PolicyOverlap, AStaticPassBesideAnotherPolicyExemptsNothing) {
  EXPECT_THAT(
      Find({Policy("all", {"**"}, {Key("k")}), Policy("exempt", {"r.io/base/*"}, {kPass})}),
      ElementsAre(HasSubstr("p1 /spec/authorities: lets pass what the policy \"all\" is for too")));
  // That one asks nothing that denies.
  EXPECT_THAT(
      Find({Policy("all", {"**"}, {Key("k")}, "warn"), Policy("exempt", {"r.io/base/*"}, {kPass})}),
      IsEmpty());
}

TEST(PolicyOverlap, AStaticPassOfEveryImageEndsTheNoMatchRule) {
  EXPECT_THAT(Find({Policy("shop", {"r.io/**"}, {Key("k")}), Policy("rest", {"**"}, {kPass})}),
              ElementsAre(HasSubstr("p1 /spec/images: every image that no other policy is for")));
}

TEST(PolicyOverlap, AGlobWithinAnotherOfItsPolicyDecidesNothing) {
  EXPECT_THAT(Find({Policy("a", {"r.io/shop/*", "r.io/**", "r.io/**"}, {Key("k")})}),
              ElementsAre(HasSubstr("p0 /spec/images/0/glob: is within"),
                          HasSubstr("p0 /spec/images/2/glob: is within")));
}

TEST(PolicyOverlap, EqualGlobsOfTwoPoliciesMustBothHold) {
  EXPECT_THAT(Find({Policy("a", {"r.io/*"}, {Key("k")}), Policy("b", {"r.io/*"}, {Key("l")})}),
              ElementsAre(HasSubstr("p1 /spec/images/0/glob: the policy \"a\" has this glob too")));
  EXPECT_THAT(Find({Policy("a", {"r.io/*"}, {Key("k")}), Policy("b", {"r.io/*"}, {Key("l")})},
                   {Options("a", {{"group", "g"}}), Options("b", {{"group", "g"}})}),
              IsEmpty());
}

TEST(PolicyOverlap, APolicyIsIdleThatAsksNoMoreThanAWiderOne) {
  const auto idle = HasSubstr("asks no less of them");
  EXPECT_THAT(Find({Policy("a", {"r.io/**"}, {Key("k")}),
                    Policy("b", {"r.io/shop/*"}, {Key("l"), Key("k")})}),
              ElementsAre(idle));
  // Somebody else's key would pass the wider one alone.
  EXPECT_THAT(Find({Policy("a", {"r.io/**"}, {Key("k"), Key("l")}),
                    Policy("b", {"r.io/shop/*"}, {Key("k")})}),
              IsEmpty());
  // The wider one denies nothing.
  EXPECT_THAT(Find({Policy("a", {"r.io/**"}, {Key("k")}, "warn"),
                    Policy("b", {"r.io/shop/*"}, {Key("k")})}),
              IsEmpty());
  // Options may ask more.
  EXPECT_THAT(Find({Policy("a", {"r.io/**"}, {Key("k")}), Policy("b", {"r.io/shop/*"}, {Key("k")})},
                   {Options("b", {{"pinning", "required"}})}),
              IsEmpty());
}

TEST(PolicyOverlap, OfTwoEqualPoliciesOneIsIdle) {
  EXPECT_THAT(Find({Policy("a", {"r.io/*"}, {Key("k")}), Policy("b", {"r.io/*"}, {Key("k")})}),
              ElementsAre(HasSubstr("p1 /spec/images/0/glob"), HasSubstr("p1 /spec/images: ")));
}

TEST(PolicyOverlap, OptionsAreOfAPolicyAndOfWhatItHas) {
  EXPECT_THAT(
      Find({Policy("a", {"r.io/*"}, {Key("k")})}, {Options("b", {{"pinning", "required"}})}),
      ElementsAre(HasSubstr("o0 /metadata/name: there is no ClusterImagePolicy")));
  EXPECT_THAT(Find({Policy("a", {"r.io/*"}, {Key("k")})}, {Options("a", {{"threshold", 2}})}),
              ElementsAre(HasSubstr("o0 refused /spec/threshold: is more than")));
  EXPECT_THAT(Find({Policy("a", {"r.io/*"}, {Key("k")})}, {Options("a", {{"group", "g"}})}),
              ElementsAre(HasSubstr("o0 /spec/group: no other policy")));
}

TEST(PolicyOverlap, AuthoritiesOfAThresholdThatAskForTheSameAreOne) {
  EXPECT_THAT(Find({Policy("a", {"r.io/*"}, {Key("k"), Key("l"), Key("k")})},
                   {Options("a", {{"threshold", 2}})}),
              ElementsAre(HasSubstr("o0 /spec/threshold: the authorities 0 and 2 of the policy")));
  EXPECT_THAT(
      Find({Policy("a", {"r.io/*"}, {Key("k"), Key("l")})}, {Options("a", {{"threshold", 2}})}),
      IsEmpty());
}

TEST(PolicyOverlap, EqualGlobsOfPoliciesThatDoNotBothAlwaysDenyAreNothingOdd) {
  EXPECT_THAT(
      Find({Policy("a", {"r.io/*"}, {Key("k")}), Policy("b", {"r.io/*"}, {Key("l")}, "warn")}),
      IsEmpty());
}

// Looking at each pair would take minutes.
TEST(PolicyOverlap, ManyGlobsCostWhatMayMatch) {
  std::vector<std::string> globs;
  for (int i = 0; i < 20'000; ++i) globs.push_back(absl::StrCat("r.io/team", i, "/*"));
  globs.push_back("r.io/team7/**");
  EXPECT_THAT(Find({Policy("a", globs, {Key("k")})}),
              ElementsAre(HasSubstr("is within \"r.io/team7/**\"")));
}

TEST(PolicyOverlap, TakesWhateverThereIs) {
  Json broken = Policy("", {"["}, {});
  broken["spec"]["authorities"] = 7;
  EXPECT_THAT(
      Find({Json(), Json::array(), broken, Policy("x", {}, {kPass})}, {Json(), Options("", 7)}),
      ::testing::Each(HasSubstr("o")));
}

}  // namespace
}  // namespace countersign::policy
