#include "policy/explanation.h"

#include <memory>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"
#include "policy/test_sigstore_policies.h"

namespace countersign::policy {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kDigest[] =
    "@sha256:0000000000000000000000000000000000000000000000000000000000000001";
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

Workload In(const Labels& labels = {{"policy.sigstore.dev/include", "true"}}) {
  return {.workload_namespace = "shop",
          .namespace_labels = std::make_shared<const Labels>(labels),
          .now = kNow};
}

Explanation Ask(const PoliciesPtr& policies, std::string_view image,
                const Workload& workload = In()) {
  return Explain(policies, workload, oci::ImageReference::Parse(image).value());
}

Explanation AskOne(const std::string& glob, std::string_view image) {
  return Ask(TestSigstorePolicies().Add("a", {glob}, {KeyAuthority("k")}).Build(), image);
}

TEST(Explanation, SaysWhichGlobMatchesWhichName) {
  const Explanation found = AskOne("r.io/shop/*", "r.io/shop/web:1");
  EXPECT_EQ(found.prospect, Prospect::kEvidence);
  ASSERT_THAT(found.selectors, SizeIs(1));
  EXPECT_TRUE(found.selectors[0].covers);
  EXPECT_EQ(found.selectors[0].silent, "");
  ASSERT_THAT(found.selectors[0].matches, SizeIs(1));
  EXPECT_EQ(found.selectors[0].matches[0].text, "r.io/shop/*");
  EXPECT_THAT(found.selectors[0].matches[0].name, HasSubstr("r.io/shop/web"));
  EXPECT_THAT(found.near, IsEmpty());
  EXPECT_THAT(found.names, SizeIs(2));
}

TEST(Explanation, TellsAGlobThatObligesFromOneThatCovers) {
  const Explanation found =
      AskOne("**.trusted.example/**", "attacker.io/xx.trusted.example/org/app");
  EXPECT_EQ(found.prospect, Prospect::kDenied);
  ASSERT_THAT(found.selectors, SizeIs(1));
  EXPECT_FALSE(found.selectors[0].covers);
  EXPECT_FALSE(found.selectors[0].matches[0].covers);
}

TEST(Explanation, NamesAMatchByAClaimedTagOnlyWhereThereIsNoOther) {
  const Explanation claimed = AskOne("r.io/web:1*", absl::StrCat("r.io/web:1", kDigest));
  EXPECT_TRUE(claimed.selectors.at(0).matches.at(0).only_by_claimed_tag);
  const Explanation bare = AskOne("r.io/**", absl::StrCat("r.io/web:1", kDigest));
  EXPECT_FALSE(bare.selectors.at(0).matches.at(0).only_by_claimed_tag);
}

TEST(Explanation, AnImageByTagIsMatchedByTheNamesThatItsDigestWillGiveIt) {
  const Explanation found = AskOne("r.io/web@*", "r.io/web:1");
  EXPECT_EQ(found.selectors.at(0).matches.at(0).name, "r.io/web@<digest>");
  EXPECT_FALSE(found.selectors.at(0).matches.at(0).only_by_claimed_tag);
}

TEST(Explanation, APolicyWithABrokenGlobIsForEveryImage) {
  const Explanation found = AskOne("r.io/[", "other.io/web");
  ASSERT_THAT(found.selectors, SizeIs(1));
  EXPECT_THAT(found.selectors[0].matches, IsEmpty());
  EXPECT_FALSE(found.selectors[0].covers);
}

TEST(Explanation, SaysWhatNearlySelects) {
  const Explanation found = AskOne("r.io/*", "r.io/shop/web");
  EXPECT_EQ(found.prospect, Prospect::kDenied);
  EXPECT_THAT(found.selectors, IsEmpty());
  ASSERT_THAT(found.near, SizeIs(1));
  EXPECT_EQ(found.near[0].policy->name, "a");
  EXPECT_EQ(found.near[0].miss.would_match, "r.io/**");
}

TEST(Explanation, SaysOfManyThatAreNearThatThereAreMore) {
  TestSigstorePolicies policies;
  for (size_t i = 0; i <= kMaxNearlySelecting; ++i) {
    policies.Add(absl::StrCat("p", i), {"r.io/*"}, {KeyAuthority("k")});
  }
  const Explanation found = Ask(policies.Build(), "r.io/shop/web");
  EXPECT_THAT(found.near, SizeIs(kMaxNearlySelecting));
  EXPECT_TRUE(found.are_more_near);
}

TEST(Explanation, SaysForWhichObjectsAPolicyIs) {
  const Terms terms = {.objects = {{.api_group = "batch", .resource = "jobs"}}};
  Workload workload = In();
  workload.object =
      ObjectDescription{.api_group = "apps", .api_version = "v1", .resource = "deployments"};
  const Explanation found =
      Ask(TestSigstorePolicies().Add("a", {"**"}, {KeyAuthority("k")}, terms).Build(), "r.io/web",
          workload);
  EXPECT_EQ(found.prospect, Prospect::kDenied);
  EXPECT_EQ(found.selectors.at(0).silent,
            "it is for jobs.batch (spec.match), and not for deployments.apps/v1");
}

TEST(Explanation, SaysThatAPolicyHasEndedOrOnlyWarnsAsYet) {
  const Explanation ended =
      Ask(TestSigstorePolicies()
              .Add("a", {"**"}, {KeyAuthority("k")}, {.effective_until = kNow - absl::Hours(1)})
              .Build(),
          "r.io/web");
  EXPECT_EQ(ended.selectors.at(0).silent,
            "it has ended (effectiveUntil 2023-11-14T21:13:20+00:00)");
  const Explanation early =
      Ask(TestSigstorePolicies()
              .Add("a", {"**"}, {KeyAuthority("k")}, {.effective_from = kNow + absl::Hours(1)})
              .Build(),
          "r.io/web");
  EXPECT_EQ(early.selectors.at(0).silent, "");
  EXPECT_EQ(early.selectors.at(0).mode, Mode::kWarn);
}

TEST(Explanation, SaysThatTheNamespaceIsLeftOut) {
  const Explanation found =
      Ask(TestSigstorePolicies().Add("a", {"**"}, {KeyAuthority("k")}).Build(), "r.io/web", In({}));
  EXPECT_EQ(found.prospect, Prospect::kUnasked);
  EXPECT_EQ(found.selectors.at(0).silent,
            "the namespace \"shop\" is not labelled policy.sigstore.dev/include=true");
}

TEST(Explanation, AStaticPassIsAllowedAndNoPolicyAsksNothing) {
  EXPECT_EQ(
      Ask(TestSigstorePolicies().Add("a", {"r.io/**"}, {StaticAuthority(true)}).Build(), "r.io/web")
          .prospect,
      Prospect::kAllowed);
  EXPECT_EQ(Ask(Policies::None(), "r.io/web").prospect, Prospect::kUnasked);
}

TEST(Explanation, ReadsPatternsOfTheSignPolicyToo) {
  const PoliciesPtr policies = TestPolicy()
                                   .Key("release", crypto::TestKey::Generate().PublicPem())
                                   .Rule("r.io/shop/*", {"release"})
                                   .Rule("r.io/web:1", {"release"})
                                   .Build();
  const Explanation found = Ask(policies, "r.io/shop/web");
  EXPECT_EQ(found.prospect, Prospect::kEvidence);
  EXPECT_EQ(found.selectors.at(0).matches.at(0).text, "r.io/shop/*");
  const Explanation near = Ask(policies, "r.io/web:2");
  EXPECT_EQ(near.prospect, Prospect::kDenied);
  ASSERT_THAT(near.near, SizeIs(1));
  EXPECT_EQ(near.near[0].miss.would_match, "r.io/web");
}

}  // namespace
}  // namespace countersign::policy
