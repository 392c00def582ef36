#include "policy/moving/sigstore_objects.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/problem.h"
#include "policy/sigstore/review_object.h"
#include "policy/sigstore/review_settings.h"

namespace countersign::policy {
namespace {

using base::Json;
using testing::IsEmpty;

Json Pass() { return std::vector<Json>{{{"name", "anybody"}, {"static", {{"action", "pass"}}}}}; }

TEST(SigstoreObjects, AreTakenWhereTheyAreApplied) {
  for (const char* mode : {"enforce", "warn"}) {
    const Json policy = ClusterImagePolicyObject("p", {"ghcr.io/**", "*"}, Pass(), mode);
    EXPECT_EQ(policy["metadata"]["name"], "p");
    EXPECT_EQ(policy["spec"]["mode"], mode);
    EXPECT_EQ(policy["spec"]["images"], Json::parse(R"([{"glob":"ghcr.io/**"},{"glob":"*"}])"));
    EXPECT_EQ(policy["spec"]["authorities"], Pass());
    EXPECT_THAT(ReviewSigstoreObject(policy, {}).problems, IsEmpty());
  }
  const Json options = PolicyOptionsObject("p", {{"group", "g"}});
  EXPECT_EQ(options["metadata"]["name"], "p");
  EXPECT_EQ(options["spec"], Json({{"group", "g"}}));
  EXPECT_THAT(ReviewSigstoreObject(options, {}).problems, IsEmpty());
}

TEST(SigstoreObjects, TheRuleForOtherImagesIsInTheControllersConfigMap) {
  const Json config = NoMatchPolicyObject("deny");
  EXPECT_EQ(config["metadata"]["name"], "config-policy-controller");
  EXPECT_EQ(config["metadata"]["namespace"], "cosign-system");
  EXPECT_EQ(config["data"], Json({{"no-match-policy", "deny"}}));
}

}  // namespace
}  // namespace countersign::policy
