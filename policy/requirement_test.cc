#include "policy/requirement.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cosign/signer.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "policy/examination.h"
#include "policy/test_policy.h"
#include "policy/test_sigstore_policies.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string& Pem() {
  static const std::string* const pem = new std::string(crypto::TestKey::Generate().PublicPem());
  return *pem;
}

Requirement Ask(const TestPolicy& policy, std::string_view image,
                bool allow_unmatched_images = false, std::string_view workload_namespace = "shop") {
  return RequirementFor(policy.Build(),
                        {.workload_namespace = std::string(workload_namespace),
                         .allow_unmatched_images = allow_unmatched_images},
                        oci::ImageReference::Parse(image).value());
}

// Of the one demand there is.
Applicability ApplicabilityOf(const Requirement& requirement) {
  EXPECT_THAT(requirement.demands, SizeIs(1));
  return requirement.demands.empty() ? Applicability() : requirement.demands[0].applicability;
}

std::vector<std::string> KeysOf(const Requirement& requirement) {
  std::vector<std::string> names;
  for (const Asked& asked : requirement.asked) names.push_back(asked.authority->name);
  return names;
}

std::vector<std::string> PatternsOf(const Requirement& requirement) {
  std::vector<std::string> patterns;
  for (const Policy* policy : requirement.Matching()) patterns.push_back(policy->name);
  return patterns;
}

TEST(Requirement, TheZeroValueCannotBeSatisfied) {
  EXPECT_THAT(Requirement().demands, IsEmpty());
  EXPECT_FALSE(Requirement().NeedsEvidence());
  EXPECT_EQ(Demand().applicability, Applicability::kImpossible);
  // So it is without policies, which is not the same as that there certainly are none.
  const Requirement requirement =
      RequirementFor(nullptr, {}, oci::ImageReference::Parse("nginx").value());
  EXPECT_THAT(requirement.demands, IsEmpty());
  EXPECT_FALSE(requirement.NeedsEvidence());
}

TEST(Requirement, WhereThereIsNoPolicyNothingIsAsked) {
  const Requirement requirement = RequirementFor(Policies::None(), {.workload_namespace = "shop"},
                                                 oci::ImageReference::Parse("nginx").value());
  EXPECT_EQ(ApplicabilityOf(requirement), Applicability::kNoPolicy);
  EXPECT_EQ(requirement.workload_namespace, "shop");
  EXPECT_FALSE(requirement.NeedsEvidence());
}

TEST(Requirement, IsCertainForAnyImageWhereNothingIsEnforced) {
  const PoliciesPtr policy =
      TestPolicy().Key("a", Pem()).Rule("*", {"a"}).ExcludeNamespace("kube-system").Build();
  const auto any = [](const PoliciesPtr& policies, const std::string& workload_namespace) {
    return RequirementForAnyImage(policies, {.workload_namespace = workload_namespace});
  };
  ASSERT_TRUE(any(Policies::None(), "shop").has_value());
  EXPECT_EQ(ApplicabilityOf(*any(Policies::None(), "shop")), Applicability::kNoPolicy);
  ASSERT_TRUE(any(policy, "kube-system").has_value());
  EXPECT_EQ(ApplicabilityOf(*any(policy, "kube-system")), Applicability::kExcludedNamespace);
  EXPECT_EQ(any(policy, "kube-system")->workload_namespace, "kube-system");
  EXPECT_FALSE(any(policy, "shop").has_value());
  EXPECT_FALSE(any(policy, "").has_value());
}

TEST(Requirement, AnExcludedNamespaceIsAskedNothing) {
  const TestPolicy policy =
      TestPolicy().Key("a", Pem()).Rule("*", {"a"}).ExcludeNamespace("kube-system");
  const Requirement requirement = Ask(policy, "nginx", false, "kube-system");
  EXPECT_EQ(ApplicabilityOf(requirement), Applicability::kExcludedNamespace);
  EXPECT_EQ(requirement.workload_namespace, "kube-system");
  EXPECT_EQ(ApplicabilityOf(Ask(policy, "nginx", false, "kube-system2")), Applicability::kAsked);
  EXPECT_EQ(ApplicabilityOf(Ask(policy, "nginx", false, "")), Applicability::kAsked);
}

TEST(Requirement, AMatchingRuleAsksForASignatureByItsKeys) {
  const Requirement requirement =
      Ask(TestPolicy().Key("a", Pem()).Key("b", Pem()).Key("c", Pem()).Rule("r.io/*", {"c", "a"}),
          "r.io/app");
  EXPECT_EQ(ApplicabilityOf(requirement), Applicability::kAsked);
  EXPECT_TRUE(requirement.NeedsEvidence());
  EXPECT_THAT(KeysOf(requirement), ElementsAre("a", "c"));
  EXPECT_THAT(PatternsOf(requirement), ElementsAre("r.io/*"));
  EXPECT_THAT(requirement.Secrets(), IsEmpty());
}

TEST(Requirement, AllMatchingRulesCountAndNoOthers) {
  const SecretReference first = {"shop", "first"};
  const SecretReference second = {"shop", "second"};
  const Requirement requirement =
      Ask(TestPolicy()
              .Key("a", Pem())
              .Key("b", Pem())
              .Key("c", Pem())
              .Rule("r.io/*", {"b"}, second)
              .Rule("other.io/*", {"c"}, SecretReference{"shop", "third"})
              .Rule("*", {"a", "b"}, first)
              .Rule("*/app", {"b"}, second),
          "r.io/app");
  EXPECT_THAT(KeysOf(requirement), ElementsAre("a", "b"));
  EXPECT_THAT(PatternsOf(requirement), ElementsAre("r.io/*", "*", "*/app"));
  EXPECT_THAT(requirement.Secrets(), ElementsAre(second, first));
}

TEST(Requirement, AnImageThatNoPatternMatchesIsAsTheOperatorSays) {
  const TestPolicy policy = TestPolicy().Key("a", Pem()).Rule("r.io/*", {"a"});
  EXPECT_EQ(ApplicabilityOf(Ask(policy, "other.io/app")), Applicability::kUnmatched);
  EXPECT_EQ(ApplicabilityOf(Ask(policy, "other.io/app", true)), Applicability::kUnmatchedAllowed);
  EXPECT_EQ(ApplicabilityOf(Ask(TestPolicy(), "nginx")), Applicability::kUnmatched);
  EXPECT_EQ(ApplicabilityOf(Ask(TestPolicy(), "nginx", true)), Applicability::kUnmatchedAllowed);
}

TEST(Requirement, ARuleWithoutUsableKeysCannotBeSatisfied) {
  const TestPolicy policy = TestPolicy()
                                .Key("bad", "no PEM")
                                .Key("twice", Pem())
                                .Key("twice", Pem())
                                .Rule("r.io/broken", {"bad", "unknown", "twice"})
                                .Rule("r.io/keyless", {});
  for (const bool allow_unmatched_images : {false, true}) {
    const Requirement broken = Ask(policy, "r.io/broken", allow_unmatched_images);
    EXPECT_EQ(ApplicabilityOf(broken), Applicability::kImpossible);
    EXPECT_FALSE(broken.NeedsEvidence());
    EXPECT_THAT(PatternsOf(broken), ElementsAre("r.io/broken"));
    const Requirement keyless = Ask(policy, "r.io/keyless", allow_unmatched_images);
    EXPECT_EQ(ApplicabilityOf(keyless), Applicability::kImpossible);
  }
}

TEST(Requirement, OneUsableKeyOfAnyMatchingRuleIsEnough) {
  const Requirement requirement = Ask(TestPolicy()
                                          .Key("bad", "no PEM")
                                          .Key("good", Pem())
                                          .Rule("r.io/*", {"bad"})
                                          .Rule("r.io/app", {"bad", "good", "unknown"}),
                                      "r.io/app");
  EXPECT_EQ(ApplicabilityOf(requirement), Applicability::kAsked);
  EXPECT_THAT(KeysOf(requirement), ElementsAre("good"));
  EXPECT_THAT(PatternsOf(requirement), ElementsAre("r.io/*", "r.io/app"));
}

TEST(Requirement, HoldsOnToThePoliciesAndCopiesNothingOfThem) {
  TestPolicy many;
  many.Key("a", Pem());
  for (int i = 0; i < 100; ++i) many.Rule(std::string(1000, '*') + std::to_string(i), {"a"});
  many.Rule("*", {"a"});
  PoliciesPtr policies = many.Build();
  const Policy* const last = &policies->all().back();
  const Authority* const key = policies->groups().front().authorities.front().get();
  std::vector<Requirement> requirements;
  for (int i = 0; i < 1000; ++i) {
    requirements.push_back(RequirementFor(
        policies, {}, oci::ImageReference::Parse("app" + std::to_string(i)).value()));
  }
  policies.reset();
  for (const Requirement& requirement : requirements) {
    EXPECT_EQ(requirement.Matching().back(), last);
    ASSERT_THAT(requirement.asked, SizeIs(1));
    EXPECT_EQ(requirement.asked[0].authority, key);
  }
  // All of them hold the same one.
  EXPECT_EQ(requirements.front().in_force.use_count(), 1000);
}

TEST(Requirement, WhatIsAskedIsLookedForUnderTheSignatureTag) {
  const Requirement requirement = Ask(TestPolicy().Key("a", Pem()).Rule("*", {"a"}), "nginx");
  EXPECT_THAT(requirement.plan.stages,
              ElementsAre(ElementsAre(Place::kSignatureTag), ElementsAre(Place::kReferrers)));
  EXPECT_THAT(Ask(TestPolicy(), "nginx").plan.stages, IsEmpty());
}

// Of every image, by authorities of which each asks for a signature, or for an attestation.
std::vector<LookPlan::Stage> StagesFor(const std::vector<bool>& attested) {
  std::vector<AuthorityPtr> any_of;
  for (const bool is_attested : attested) {
    Authority authority = {.asks = cosign::KeySigner(crypto::TestKey::Generate().Public())};
    if (is_attested) authority.attestations = {{.predicate_type = "https://example.org/predicate"}};
    any_of.push_back(std::make_shared<const Authority>(std::move(authority)));
  }
  return RequirementFor(PoliciesForEveryImage(std::move(any_of)), {},
                        oci::ImageReference::Parse("nginx").value())
      .plan.stages;
}

TEST(Requirement, WhatIsAskedIsLookedForUnderItsOwnTagFirst) {
  const LookPlan::Stage referrers = {Place::kReferrers};
  EXPECT_THAT(StagesFor({false}), ElementsAre(ElementsAre(Place::kSignatureTag), referrers));
  EXPECT_THAT(StagesFor({true}), ElementsAre(ElementsAre(Place::kAttestationTag), referrers));
  EXPECT_THAT(StagesFor({true, false}),
              ElementsAre(ElementsAre(Place::kSignatureTag, Place::kAttestationTag), referrers));
  EXPECT_THAT(StagesFor({}), IsEmpty());
}

EvidenceSourcePtr Source(std::optional<oci::Repository> repository, std::string tag_prefix = "") {
  return std::make_shared<const EvidenceSource>(
      EvidenceSource{.repository = std::move(repository), .tag_prefix = std::move(tag_prefix)});
}

// Of an image in r.io/app, for signatures that are kept in these sources.
Requirement AskInSources(const std::vector<EvidenceSourcePtr>& sources) {
  std::vector<AuthorityPtr> any_of;
  for (const EvidenceSourcePtr& source : sources) {
    any_of.push_back(std::make_shared<const Authority>(Authority{
        .asks = cosign::KeySigner(crypto::TestKey::Generate().Public()), .source = source}));
  }
  return RequirementFor(PoliciesForEveryImage(std::move(any_of)), {},
                        oci::ImageReference::Parse("r.io/app").value());
}

const oci::Repository kOther = {"other.io", "signatures"};

TEST(Requirement, EachSourceIsLookedAtOnceAndTheirTagsFirst) {
  const EvidenceSourcePtr a = Source(kOther, "a-");
  const EvidenceSourcePtr b = Source(kOther, "b-");
  const LookPlan plan = AskInSources({a, nullptr, b, Source(kOther, "a-"), nullptr}).plan;
  EXPECT_THAT(plan.stages,
              ElementsAre(ElementsAre(Place(Place::kSignatureTag, a), Place::kSignatureTag,
                                      Place(Place::kSignatureTag, b)),
                          ElementsAre(PlaceIn(a, Place::kReferrers), Place::kReferrers)));
  EXPECT_FALSE(plan.is_cut_short);
}

TEST(Requirement, WhereAllAreElsewhereNothingIsLookedForBesideTheImage) {
  const EvidenceSourcePtr other = Source(kOther);
  EXPECT_THAT(AskInSources({other}).plan.stages,
              ElementsAre(ElementsAre(Place(Place::kSignatureTag, other)),
                          ElementsAre(Place(Place::kReferrers, other))));
}

TEST(Requirement, ASourceThatIsTheImagesRepositoryIsNoOther) {
  const Requirement requirement = AskInSources({Source(oci::Repository{"r.io", "app"}), nullptr});
  EXPECT_THAT(requirement.sources, IsEmpty());
  EXPECT_THAT(requirement.plan.stages,
              ElementsAre(ElementsAre(Place::kSignatureTag), ElementsAre(Place::kReferrers)));
}

TEST(Requirement, ASourceThatIsARegistryIsThereTheImagesPathAndTheSameAsThatRepository) {
  const EvidenceSourcePtr other = Source(oci::Repository{"other.io", "app"});
  const EvidenceSourcePtr registry =
      std::make_shared<const EvidenceSource>(EvidenceSource{.registry = "other.io"});
  const Requirement requirement = AskInSources({registry, other});
  ASSERT_THAT(requirement.sources, SizeIs(2));
  EXPECT_TRUE(IsSameSource(requirement.sources[0], other));
  EXPECT_THAT(requirement.plan.stages, ElementsAre(ElementsAre(Place(Place::kSignatureTag, other)),
                                                   ElementsAre(Place(Place::kReferrers, other))));
}

TEST(Requirement, NotMoreSourcesAreLookedAtThanMayBeAndThatIsSaid) {
  std::vector<EvidenceSourcePtr> sources;
  for (size_t i = 0; i < kMaxEvidenceSources; ++i) {
    sources.push_back(Source(oci::Repository{"other.io", "a" + std::to_string(i)}));
  }
  EXPECT_FALSE(AskInSources(sources).plan.is_cut_short);
  sources.push_back(Source(kOther));
  const LookPlan plan = AskInSources(sources).plan;
  EXPECT_TRUE(plan.is_cut_short);
  for (const LookPlan::Stage& stage : plan.stages) {
    EXPECT_THAT(stage, SizeIs(kMaxEvidenceSources));
  }
}

// What the broken pattern was meant to match is unknown.
TEST(Requirement, ABrokenPatternClosesTheDoorForWhatNoOtherMatches) {
  const TestPolicy policy =
      TestPolicy().Key("a", Pem()).Rule("https://r.io/*", {"a"}).Rule("other.io/*", {"a"});
  for (const bool allow_unmatched_images : {false, true}) {
    const Requirement requirement = Ask(policy, "r.io/app", allow_unmatched_images);
    EXPECT_EQ(ApplicabilityOf(requirement), Applicability::kImpossible);
    EXPECT_THAT(requirement.Matching(), IsEmpty());
    EXPECT_EQ(ApplicabilityOf(Ask(policy, "other.io/app", allow_unmatched_images)),
              Applicability::kAsked);
  }
  const TestPolicy excluding = TestPolicy().Rule("..", {}).ExcludeNamespace("build");
  EXPECT_EQ(ApplicabilityOf(Ask(excluding, "r.io/app", false, "build")),
            Applicability::kExcludedNamespace);
}

TEST(RequirementThatAwaitsADigest, IsAskedAgainWithIt) {
  const oci::Digest digest = oci::Digest::Of("bad");
  const PoliciesPtr policies =
      TestSigstorePolicies()
          .Add("all", {"r.io/**"}, {KeyAuthority("k")}, {.platforms = Platforms::kAllChildren})
          .Add("bad", {absl::StrCat("r.io/app@", digest.ToString())}, {StaticAuthority(false)})
          .Build();
  const oci::ImageReference image = oci::ImageReference::Parse("r.io/app:1").value();
  const Requirement awaiting = RequirementFor(policies, {}, image);
  EXPECT_TRUE(awaiting.awaits_digest);
  EXPECT_TRUE(awaiting.NeedsEvidence());
  EXPECT_TRUE(awaiting.MayDenyByEvidence());
  EXPECT_THAT(awaiting.asked, IsEmpty());
  EXPECT_THAT(awaiting.plan.stages, ElementsAre(IsEmpty()));
  EXPECT_EQ(awaiting.platforms, Platforms::kIndex);
  EXPECT_FALSE(Holds(awaiting, Examination{.digest = digest}));

  const Requirement denied = RequirementFor(policies, {}, image, digest);
  EXPECT_FALSE(denied.awaits_digest);
  EXPECT_FALSE(denied.NeedsEvidence());
  const Requirement asked = RequirementFor(policies, {}, image, oci::Digest::Of("good"));
  EXPECT_FALSE(asked.awaits_digest);
  EXPECT_THAT(asked.asked, SizeIs(1));
  EXPECT_TRUE(asked.requires_pinning);
  EXPECT_FALSE(RequirementFor(policies, {}, oci::ImageReference::Parse("r.io/other:1").value())
                   .requires_pinning);
  EXPECT_EQ(asked.platforms, Platforms::kAllChildren);
  // Each is of its own, where requirements are shared.
  EXPECT_NE(awaiting.selection, denied.selection);
  EXPECT_NE(asked.selection, denied.selection);
  EXPECT_NE(asked.selection, awaiting.selection);
}

TEST(RequirementThatAwaitsADigest, IsNotLookedUpForWhatIsDeniedAnyhow) {
  const PoliciesPtr policies =
      TestSigstorePolicies()
          .Add("none", {"r.io/**"}, {StaticAuthority(false)})
          .Add("one", {absl::StrCat("r.io/app@", oci::Digest::Of("x").ToString())},
               {StaticAuthority(true)})
          .Build();
  const Requirement requirement =
      RequirementFor(policies, {}, oci::ImageReference::Parse("r.io/app:1").value());
  EXPECT_FALSE(requirement.awaits_digest);
  EXPECT_FALSE(requirement.NeedsEvidence());
}

}  // namespace
}  // namespace countersign::policy
