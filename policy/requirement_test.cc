#include "policy/requirement.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"

namespace countersign::policy {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Kind = Requirement::Kind;

const std::string& Pem() {
  static const std::string* const pem = new std::string(crypto::TestKey::Generate().PublicPem());
  return *pem;
}

Requirement Ask(const TestPolicy& policy, std::string_view image,
                bool allow_unmatched_images = false, std::string_view workload_namespace = "shop") {
  return RequirementFor(std::make_shared<const ImagePolicy>(policy.Build()), allow_unmatched_images,
                        workload_namespace, oci::ImageReference::Parse(image).value());
}

std::vector<std::string> KeysOf(const Requirement& requirement) {
  std::vector<std::string> names;
  for (const PolicyKey* key : requirement.keys) names.push_back(key->name);
  return names;
}

std::vector<std::string> PatternsOf(const Requirement& requirement) {
  std::vector<std::string> patterns;
  for (const Rule* rule : requirement.rules) patterns.push_back(rule->pattern.text());
  return patterns;
}

TEST(Requirement, TheZeroValueCannotBeSatisfied) {
  EXPECT_EQ(Requirement().kind, Kind::kImpossible);
  EXPECT_FALSE(Requirement().NeedsEvidence());
}

TEST(Requirement, WithoutAPolicyNothingIsAsked) {
  const Requirement requirement =
      RequirementFor(nullptr, false, "shop", oci::ImageReference::Parse("nginx").value());
  EXPECT_EQ(requirement.kind, Kind::kNoPolicy);
  EXPECT_EQ(requirement.workload_namespace, "shop");
  EXPECT_FALSE(requirement.NeedsEvidence());
}

TEST(Requirement, IsCertainForAnyImageWhereNothingIsEnforced) {
  const ImagePolicy policy =
      TestPolicy().Key("a", Pem()).Rule("*", {"a"}).ExcludeNamespace("kube-system").Build();
  ASSERT_TRUE(RequirementForAnyImage(nullptr, "shop").has_value());
  EXPECT_EQ(RequirementForAnyImage(nullptr, "shop")->kind, Kind::kNoPolicy);
  ASSERT_TRUE(RequirementForAnyImage(&policy, "kube-system").has_value());
  EXPECT_EQ(RequirementForAnyImage(&policy, "kube-system")->kind, Kind::kExcludedNamespace);
  EXPECT_EQ(RequirementForAnyImage(&policy, "kube-system")->workload_namespace, "kube-system");
  EXPECT_FALSE(RequirementForAnyImage(&policy, "shop").has_value());
  EXPECT_FALSE(RequirementForAnyImage(&policy, "").has_value());
}

TEST(Requirement, AnExcludedNamespaceIsAskedNothing) {
  const TestPolicy policy =
      TestPolicy().Key("a", Pem()).Rule("*", {"a"}).ExcludeNamespace("kube-system");
  const Requirement requirement = Ask(policy, "nginx", false, "kube-system");
  EXPECT_EQ(requirement.kind, Kind::kExcludedNamespace);
  EXPECT_EQ(requirement.workload_namespace, "kube-system");
  EXPECT_EQ(Ask(policy, "nginx", false, "kube-system2").kind, Kind::kSignature);
  EXPECT_EQ(Ask(policy, "nginx", false, "").kind, Kind::kSignature);
}

TEST(Requirement, AMatchingRuleAsksForASignatureByItsKeys) {
  const Requirement requirement =
      Ask(TestPolicy().Key("a", Pem()).Key("b", Pem()).Key("c", Pem()).Rule("r.io/*", {"c", "a"}),
          "r.io/app");
  EXPECT_EQ(requirement.kind, Kind::kSignature);
  EXPECT_TRUE(requirement.NeedsEvidence());
  EXPECT_THAT(KeysOf(requirement), ElementsAre("a", "c"));
  EXPECT_THAT(PatternsOf(requirement), ElementsAre("r.io/*"));
  EXPECT_THAT(requirement.Broken(), IsEmpty());
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
  EXPECT_EQ(Ask(policy, "other.io/app").kind, Kind::kUnmatched);
  EXPECT_EQ(Ask(policy, "other.io/app", true).kind, Kind::kUnmatchedAllowed);
  EXPECT_EQ(Ask(TestPolicy(), "nginx").kind, Kind::kUnmatched);
  EXPECT_EQ(Ask(TestPolicy(), "nginx", true).kind, Kind::kUnmatchedAllowed);
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
    EXPECT_EQ(broken.kind, Kind::kImpossible);
    EXPECT_FALSE(broken.NeedsEvidence());
    EXPECT_THAT(PatternsOf(broken), ElementsAre("r.io/broken"));
    EXPECT_THAT(
        broken.Broken(),
        ElementsAre(StartsWith("key \"bad\": "), StartsWith("key \"twice\": more than one key"),
                    "key \"unknown\": the policy has no key of this name"));
    const Requirement keyless = Ask(policy, "r.io/keyless", allow_unmatched_images);
    EXPECT_EQ(keyless.kind, Kind::kImpossible);
    EXPECT_THAT(keyless.Broken(), ElementsAre("pattern \"r.io/keyless\": it names no key"));
  }
}

TEST(Requirement, OneUsableKeyOfAnyMatchingRuleIsEnough) {
  const Requirement requirement = Ask(TestPolicy()
                                          .Key("bad", "no PEM")
                                          .Key("good", Pem())
                                          .Rule("r.io/*", {"bad"})
                                          .Rule("r.io/app", {"bad", "good", "unknown"}),
                                      "r.io/app");
  EXPECT_EQ(requirement.kind, Kind::kSignature);
  EXPECT_THAT(KeysOf(requirement), ElementsAre("good"));
  EXPECT_THAT(PatternsOf(requirement), ElementsAre("r.io/*", "r.io/app"));
  EXPECT_THAT(requirement.Broken(),
              ElementsAre(StartsWith("key \"bad\": "), StartsWith("key \"unknown\": ")));
}

TEST(Requirement, HoldsOnToThePolicyAndCopiesNothingOfIt) {
  TestPolicy many;
  many.Key("a", Pem());
  for (int i = 0; i < 100; ++i) many.Rule(std::string(1000, '*') + std::to_string(i), {"a"});
  many.Rule("*", {"a"});
  PolicyPtr policy = std::make_shared<const ImagePolicy>(many.Build());
  const Rule* const rule = &policy->rules().back();
  const PolicyKey* const key = &policy->keys().front();
  std::vector<Requirement> requirements;
  for (int i = 0; i < 1000; ++i) {
    requirements.push_back(RequirementFor(
        policy, false, "shop", oci::ImageReference::Parse("app" + std::to_string(i)).value()));
  }
  policy.reset();
  for (const Requirement& requirement : requirements) {
    EXPECT_EQ(requirement.rules.back(), rule);
    EXPECT_THAT(requirement.keys, ElementsAre(key));
  }
  // All of them hold the same one.
  EXPECT_EQ(requirements.front().policy.use_count(), 1000);
}

// What the broken pattern was meant to match is unknown.
TEST(Requirement, ABrokenPatternClosesTheDoorForWhatNoOtherMatches) {
  const TestPolicy policy =
      TestPolicy().Key("a", Pem()).Rule("https://r.io/*", {"a"}).Rule("other.io/*", {"a"});
  for (const bool allow_unmatched_images : {false, true}) {
    const Requirement requirement = Ask(policy, "r.io/app", allow_unmatched_images);
    EXPECT_EQ(requirement.kind, Kind::kImpossible);
    EXPECT_THAT(requirement.rules, IsEmpty());
    EXPECT_THAT(requirement.Broken(),
                ElementsAre(AllOf(HasSubstr("pattern /spec/verification/images/0/namePattern: "),
                                  HasSubstr("https://r.io/*"))));
    EXPECT_EQ(Ask(policy, "other.io/app", allow_unmatched_images).kind, Kind::kSignature);
  }
  const TestPolicy excluding = TestPolicy().Rule("..", {}).ExcludeNamespace("build");
  EXPECT_EQ(Ask(excluding, "r.io/app", false, "build").kind, Kind::kExcludedNamespace);
}

TEST(Requirement, WhatIsBrokenIsNamedPrintably) {
  const Requirement requirement =
      Ask(TestPolicy().Rule("*", {"x\n{\"level\":\"info\"}", std::string(1000, 'k')}), "nginx");
  ASSERT_THAT(requirement.Broken(), SizeIs(2));
  EXPECT_THAT(requirement.Broken()[0], StartsWith("key \"x\\x0a{\\\"level"));
  EXPECT_LT(requirement.Broken()[1].size(), 300);
}

}  // namespace
}  // namespace countersign::policy
