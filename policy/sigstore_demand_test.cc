#include "policy/sigstore_demand.h"

#include <memory>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/label_selector.h"
#include "policy/test_sigstore_policies.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Labels kIncluded = {{"policy.sigstore.dev/include", "true"}};

Workload In(const Labels& labels) {
  return {.workload_namespace = "shop", .namespace_labels = std::make_shared<const Labels>(labels)};
}

Demand Ask(const PoliciesPtr& policies, std::string_view image,
           const Workload& workload = In(kIncluded)) {
  return SigstoreDemand(*policies, workload,
                        policies->Selecting(oci::ImageReference::Parse(image).value()));
}

std::vector<std::string> NamesOf(const Clause& clause) {
  std::vector<std::string> names;
  for (const Selected& selected : clause.any_of) names.push_back(selected.policy->name);
  return names;
}

TEST(SigstoreDemand, ALanguageThatIsNotInUseAsksNothing) {
  EXPECT_EQ(SigstoreDemandForAnyImage(*Policies::None(), In(kIncluded))->applicability,
            Applicability::kNoPolicy);
}

TEST(SigstoreDemand, OnlyNamespacesWithTheLabelAreAsked) {
  const PoliciesPtr policies = TestSigstorePolicies().Add("a", {"**"}, {KeyAuthority("k")}).Build();
  EXPECT_EQ(SigstoreDemandForAnyImage(*policies, In({}))->applicability,
            Applicability::kExcludedNamespace);
  EXPECT_EQ(SigstoreDemandForAnyImage(*policies, In({{"policy.sigstore.dev/include", "false"}}))
                ->applicability,
            Applicability::kExcludedNamespace);
  EXPECT_FALSE(SigstoreDemandForAnyImage(*policies, In(kIncluded)).has_value());
}

TEST(SigstoreDemand, WithOptOutAllButNamespacesWithTheLabelAreAsked) {
  TestSigstorePolicies opt_out;
  opt_out.rules().namespaces.is_opt_out = true;
  const PoliciesPtr policies = opt_out.Add("a", {"**"}, {KeyAuthority("k")}).Build();
  EXPECT_FALSE(SigstoreDemandForAnyImage(*policies, In({})).has_value());
  EXPECT_EQ(SigstoreDemandForAnyImage(*policies, In({{"policy.sigstore.dev/exclude", "true"}}))
                ->applicability,
            Applicability::kExcludedNamespace);
}

TEST(SigstoreDemand, ANamespaceOfUnknownLabelsIsAskedWhereThereIsAPolicy) {
  const PoliciesPtr none = TestSigstorePolicies().Build();
  EXPECT_EQ(SigstoreDemandForAnyImage(*none, {})->applicability, Applicability::kNoPolicy);
  // Where they are known, the no-match rule counts without a policy, too.
  EXPECT_FALSE(SigstoreDemandForAnyImage(*none, In(kIncluded)).has_value());
  const PoliciesPtr one = TestSigstorePolicies().Add("a", {"**"}, {KeyAuthority("k")}).Build();
  EXPECT_FALSE(SigstoreDemandForAnyImage(*one, {}).has_value());
}

TEST(SigstoreDemand, EachPolicyThatSelectsIsAClause) {
  const PoliciesPtr policies = TestSigstorePolicies()
                                   .Add("a", {"r.io/**"}, {KeyAuthority("k")})
                                   .Add("b", {"other.io/**"}, {KeyAuthority("k")})
                                   .Add("c", {"**"}, {KeyAuthority("k")})
                                   .Build();
  const Demand demand = Ask(policies, "r.io/app");
  EXPECT_EQ(demand.applicability, Applicability::kAsked);
  ASSERT_THAT(demand.clauses, SizeIs(2));
  EXPECT_THAT(NamesOf(demand.clauses[0]), ElementsAre("a"));
  EXPECT_THAT(NamesOf(demand.clauses[1]), ElementsAre("c"));
  EXPECT_FALSE(demand.no_match.has_value());
}

TEST(SigstoreDemand, OfAGroupOneIsEnough) {
  const PoliciesPtr policies = TestSigstorePolicies()
                                   .Add("a", {"**"}, {KeyAuthority("k")}, {}, "g")
                                   .Add("b", {"r.io/**"}, {KeyAuthority("k")}, {}, "g")
                                   .Build();
  const Demand demand = Ask(policies, "r.io/app");
  ASSERT_THAT(demand.clauses, SizeIs(1));
  EXPECT_THAT(NamesOf(demand.clauses[0]), ElementsAre("a", "b"));
}

TEST(SigstoreDemand, WhatNoPolicyCoversIsAsTheNoMatchRuleSays) {
  TestSigstorePolicies policies;
  policies.Add("a", {"r.io/**"}, {KeyAuthority("k")});
  EXPECT_EQ(Ask(policies.Build(), "other.io/app").applicability, Applicability::kUnmatched);
  policies.rules().no_match = NoMatchRule::kWarn;
  EXPECT_EQ(Ask(policies.Build(), "other.io/app").applicability, Applicability::kUnmatchedAllowed);
  EXPECT_EQ(Ask(policies.Build(), "other.io/app").no_match, NoMatchRule::kWarn);
  policies.rules().no_match = NoMatchRule::kAllow;
  EXPECT_EQ(Ask(policies.Build(), "other.io/app").applicability, Applicability::kUnmatchedAllowed);
}

// D18: the static pass is for hosts under trusted.example, and not for whoever writes that in a path.
TEST(SigstoreDemand, AHostCrossingGlobObligesAndDoesNotCover) {
  const PoliciesPtr policies =
      TestSigstorePolicies().Add("a", {"**.trusted.example/**"}, {StaticAuthority(true)}).Build();
  EXPECT_EQ(Ask(policies, "x.trusted.example/app").applicability, Applicability::kSatisfied);
  const Demand crossed = Ask(policies, "attacker.io/xx.trusted.example/org/app");
  EXPECT_THAT(crossed.clauses, SizeIs(1));
  EXPECT_EQ(crossed.applicability, Applicability::kUnmatched);
}

// D31
TEST(SigstoreDemand, ATagBesideADigestEarnsNoStaticPass) {
  const PoliciesPtr policies =
      TestSigstorePolicies().Add("a", {"r.io/app:v1"}, {StaticAuthority(true)}).Build();
  constexpr std::string_view kDigest =
      "@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  EXPECT_EQ(Ask(policies, "r.io/app:v1").applicability, Applicability::kSatisfied);
  EXPECT_EQ(Ask(policies, "r.io/app:v1" + std::string(kDigest)).applicability,
            Applicability::kImpossible);
}

TEST(SigstoreDemand, WhatCannotBeReadAsksAboutEveryImageAndCoversNone) {
  TestSigstorePolicies policies;
  policies.Add("a", {"r.io/**", "[broken"}, {KeyAuthority("k")});
  policies.Add("b", {"other.io/**"}, {StaticAuthority(true)});
  EXPECT_THAT(Ask(policies.Build(), "other.io/app").clauses, SizeIs(2));
  EXPECT_EQ(Ask(policies.Build(), "third.io/app").applicability, Applicability::kUnmatched);
  EXPECT_EQ(Ask(policies.Build(), "r.io/app").applicability, Applicability::kAsked);
}

TEST(SigstoreDemand, WhatMayNotBeForTheImageLetsNothingPassForOthersOfItsGroup) {
  TestSigstorePolicies policies;
  policies.Add("a", {"r.io/prod/**"}, {KeyAuthority("prod")}, {}, "g");
  policies.Add("b", {"r.io/dev/**", "r.io/test/["}, {KeyAuthority("dev")}, {}, "g");
  const PoliciesPtr built = policies.Build();
  const Demand prod = Ask(built, "r.io/prod/app");
  ASSERT_THAT(prod.clauses, SizeIs(2));
  EXPECT_THAT(NamesOf(prod.clauses[0]), ElementsAre("a"));
  EXPECT_THAT(NamesOf(prod.clauses[1]), ElementsAre("b"));
  // Of what its other glob matches, it is certain.
  EXPECT_THAT(Ask(built, "r.io/dev/app").clauses, SizeIs(1));
  EXPECT_FALSE(Ask(built, "r.io/dev/app").no_match.has_value());
}

// A block list by digest is not stepped around by a tag that may mean the digest.
TEST(SigstoreDemand, AGlobThatNamesADigestAsksAboutEachTagThatMayMeanIt) {
  constexpr std::string_view kBad =
      "r.io/app@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
  const PoliciesPtr policies = TestSigstorePolicies()
                                   .Add("all", {"r.io/**"}, {StaticAuthority(true)})
                                   .Add("bad", {std::string(kBad)}, {StaticAuthority(false)})
                                   .Build();
  EXPECT_TRUE(Ask(policies, "r.io/app:x").AwaitsDigest());
  EXPECT_EQ(Ask(policies, "r.io/app:x").applicability, Applicability::kAsked);
  EXPECT_TRUE(Ask(policies, "r.io/app").AwaitsDigest());
  EXPECT_EQ(Ask(policies, kBad).applicability, Applicability::kImpossible);
  EXPECT_EQ(Ask(policies, "r.io/other:x").applicability, Applicability::kSatisfied);
  EXPECT_EQ(Ask(policies,
                "r.io/app@sha256:"
                "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")
                .applicability,
            Applicability::kSatisfied);
  // Nor does one that passes such a digest let each tag pass, or deny it before it is known.
  const PoliciesPtr allowed =
      TestSigstorePolicies().Add("good", {std::string(kBad)}, {StaticAuthority(true)}).Build();
  EXPECT_TRUE(Ask(allowed, "r.io/app:x").AwaitsDigest());
  EXPECT_EQ(Ask(allowed, "r.io/app:x").clauses[0].Stands(), Standing::kOpen);
  EXPECT_EQ(Ask(allowed, kBad).applicability, Applicability::kSatisfied);
}

// All but some digests are denied.
TEST(SigstoreDemand, WhatAwaitsADigestIsOneOfItsGroupUntilThen) {
  const oci::Digest good = oci::Digest::Of("good");
  const std::string glob = absl::StrCat("r.io/app@", good.ToString());
  const PoliciesPtr policies = TestSigstorePolicies()
                                   .Add("none", {"r.io/**"}, {StaticAuthority(false)}, {}, "g")
                                   .Add("some", {glob}, {StaticAuthority(true)}, {}, "g")
                                   .Build();
  const Demand demand = Ask(policies, "r.io/app:1");
  EXPECT_EQ(demand.applicability, Applicability::kAsked);
  EXPECT_TRUE(demand.AwaitsDigest());
  EXPECT_THAT(demand.clauses, SizeIs(1));
  EXPECT_EQ(Ask(policies, glob).applicability, Applicability::kSatisfied);
  EXPECT_EQ(
      Ask(policies, absl::StrCat("r.io/app@", oci::Digest::Of("bad").ToString())).applicability,
      Applicability::kImpossible);
  EXPECT_EQ(Ask(policies, "r.io/other:1").applicability, Applicability::kImpossible);
}

TEST(SigstoreDemand, WhereLabelsAreUnknownAPolicyByLabelsAsksAndLetsNothingPass) {
  const auto selector = std::make_shared<const LabelSelector>(
      std::get<LabelSelector>(LabelSelector::Compile({.match_labels = {{"tier", "dev"}}}, "")));
  const auto with = [&](AuthorityPtr authority, Mode mode) {
    return TestSigstorePolicies()
        .Add("a", {"**"}, {std::move(authority)}, {.mode = mode, .namespaces = selector})
        .Build();
  };
  EXPECT_EQ(Ask(with(StaticAuthority(true), Mode::kEnforce), "r.io/app", {}).applicability,
            Applicability::kImpossible);
  EXPECT_EQ(Ask(with(KeyAuthority("k"), Mode::kWarn), "r.io/app", {}).applicability,
            Applicability::kUnmatched);
  Labels dev = kIncluded;
  dev["tier"] = "dev";
  EXPECT_EQ(Ask(with(StaticAuthority(true), Mode::kEnforce), "r.io/app", In(dev)).applicability,
            Applicability::kSatisfied);
}

TEST(SigstoreDemand, AClaimedTagDoesNotEndTheNoMatchRuleForAWarning) {
  const PoliciesPtr policies =
      TestSigstorePolicies()
          .Add("a", {"r.io/app:dev-*"}, {KeyAuthority("k")}, {.mode = Mode::kWarn})
          .Build();
  EXPECT_EQ(Ask(policies, "r.io/app:dev-1").applicability, Applicability::kAsked);
  EXPECT_EQ(Ask(policies,
                "r.io/app:dev-1@sha256:"
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
                .applicability,
            Applicability::kUnmatched);
}

TEST(SigstoreDemand, WithoutAuthoritiesNothingIsSatisfied) {
  const PoliciesPtr policies = TestSigstorePolicies().Add("a", {"**"}, {}).Build();
  EXPECT_EQ(Ask(policies, "r.io/app").applicability, Applicability::kImpossible);
}

TEST(SigstoreDemand, AStaticAnswerNeedsNoEvidence) {
  const PoliciesPtr passes =
      TestSigstorePolicies().Add("a", {"**"}, {KeyAuthority("k"), StaticAuthority(true)}).Build();
  EXPECT_EQ(Ask(passes, "r.io/app").applicability, Applicability::kSatisfied);
  const PoliciesPtr fails =
      TestSigstorePolicies().Add("a", {"**"}, {StaticAuthority(false)}).Build();
  EXPECT_EQ(Ask(fails, "r.io/app").applicability, Applicability::kImpossible);
}

TEST(SigstoreDemand, AThresholdCountsDistinctAuthorities) {
  const auto with = [](size_t threshold) {
    return TestSigstorePolicies()
        .Add("a", {"**"}, {KeyAuthority("k"), StaticAuthority(true)}, {.threshold = threshold})
        .Build();
  };
  EXPECT_EQ(Ask(with(1), "r.io/app").applicability, Applicability::kSatisfied);
  EXPECT_EQ(Ask(with(2), "r.io/app").applicability, Applicability::kAsked);
  EXPECT_EQ(Ask(with(3), "r.io/app").applicability, Applicability::kImpossible);
}

TEST(SigstoreDemand, APolicyThatWarnsIsLookedAtAndDeniesNothing) {
  const auto warning = [](std::vector<AuthorityPtr> authorities) {
    return TestSigstorePolicies()
        .Add("a", {"**"}, std::move(authorities), {.mode = Mode::kWarn})
        .Build();
  };
  const Demand demand = Ask(warning({KeyAuthority("k")}), "r.io/app");
  EXPECT_EQ(demand.applicability, Applicability::kAsked);
  ASSERT_THAT(demand.clauses, SizeIs(1));
  EXPECT_EQ(demand.clauses[0].mode, Mode::kWarn);
  EXPECT_EQ(Ask(warning({StaticAuthority(false)}), "r.io/app").applicability,
            Applicability::kSatisfied);
}

TEST(SigstoreDemand, BeforeItsBeginAPolicyWarnsAndAfterItsEndItAsksNothing) {
  const absl::Time from = absl::FromUnixSeconds(1000), until = absl::FromUnixSeconds(2000);
  TestSigstorePolicies test;
  test.rules().no_match = NoMatchRule::kAllow;
  const PoliciesPtr policies =
      test.Add("a", {"**"}, {KeyAuthority("k")}, {.effective_from = from, .effective_until = until})
          .Build();
  const auto at = [&](absl::Time now) {
    Workload workload = In(kIncluded);
    workload.now = now;
    return Ask(policies, "r.io/app", workload);
  };
  EXPECT_EQ(at(from - absl::Nanoseconds(1)).clauses[0].mode, Mode::kWarn);
  EXPECT_EQ(at(from).clauses[0].mode, Mode::kEnforce);
  EXPECT_EQ(at(until - absl::Nanoseconds(1)).clauses[0].mode, Mode::kEnforce);
  EXPECT_THAT(at(until).clauses, IsEmpty());
}

TEST(SigstoreDemand, APolicyMayBeForSomeObjectsOnly) {
  const PoliciesPtr policies =
      TestSigstorePolicies()
          .Add("a", {"**"}, {KeyAuthority("k")},
               {.objects = {{.api_group = "apps", .api_version = "v1", .resource = "deployments"}}})
          .Build();
  const auto about = [&](std::optional<ObjectDescription> object) {
    Workload workload = In(kIncluded);
    workload.object = std::move(object);
    return Ask(policies, "r.io/app", workload);
  };
  EXPECT_THAT(
      about(ObjectDescription{.api_group = "apps", .api_version = "v1", .resource = "deployments"})
          .clauses,
      SizeIs(1));
  EXPECT_THAT(about(ObjectDescription{.api_version = "v1", .resource = "pods"}).clauses, IsEmpty());
  EXPECT_THAT(about(std::nullopt).clauses, SizeIs(1));
}

}  // namespace
}  // namespace countersign::policy
