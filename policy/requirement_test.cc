#include "policy/requirement.h"

#include <string>
#include <string_view>

#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"

namespace countersign::policy {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
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
  const ImagePolicy built = policy.Build();
  return RequirementFor(&built, allow_unmatched_images, workload_namespace,
                        oci::ImageReference::Parse(image).value());
}

auto Matched(std::string pattern, std::vector<size_t> keys) {
  return AllOf(Field(&Requirement::MatchedRule::pattern, std::move(pattern)),
               Field(&Requirement::MatchedRule::keys, std::move(keys)));
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
  EXPECT_THAT(requirement.keys, SizeIs(2));
  EXPECT_THAT(requirement.key_names, ElementsAre("a", "c"));
  EXPECT_THAT(requirement.rules, ElementsAre(Matched("r.io/*", {0, 1})));
  EXPECT_THAT(requirement.broken, IsEmpty());
  EXPECT_THAT(requirement.secrets, IsEmpty());
}

TEST(Requirement, AllMatchingRulesCountAndNoOthers) {
  const SecretName first = {"shop", "first"};
  const SecretName second = {"shop", "second"};
  const Requirement requirement = Ask(TestPolicy()
                                          .Key("a", Pem())
                                          .Key("b", Pem())
                                          .Key("c", Pem())
                                          .Rule("r.io/*", {"b"}, second)
                                          .Rule("other.io/*", {"c"}, SecretName{"shop", "third"})
                                          .Rule("*", {"a", "b"}, first)
                                          .Rule("*/app", {"b"}, second),
                                      "r.io/app");
  EXPECT_THAT(requirement.key_names, ElementsAre("a", "b"));
  EXPECT_THAT(requirement.rules,
              ElementsAre(Matched("r.io/*", {1}), Matched("*", {0, 1}), Matched("*/app", {1})));
  EXPECT_THAT(requirement.secrets, ElementsAre(second, first));
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
    EXPECT_THAT(broken.rules, ElementsAre(Matched("r.io/broken", {})));
    EXPECT_THAT(broken.broken, ElementsAre(StartsWith("key \"bad\": "),
                                           StartsWith("key \"twice\": more than one key"),
                                           "key \"unknown\": the policy has no key of this name"));
    const Requirement keyless = Ask(policy, "r.io/keyless", allow_unmatched_images);
    EXPECT_EQ(keyless.kind, Kind::kImpossible);
    EXPECT_THAT(keyless.broken, ElementsAre("pattern \"r.io/keyless\": it names no key"));
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
  EXPECT_THAT(requirement.key_names, ElementsAre("good"));
  EXPECT_THAT(requirement.rules, ElementsAre(Matched("r.io/*", {}), Matched("r.io/app", {0})));
  EXPECT_THAT(requirement.broken,
              ElementsAre(StartsWith("key \"bad\": "), StartsWith("key \"unknown\": ")));
}

// What the broken pattern was meant to match is unknown.
TEST(Requirement, ABrokenPatternClosesTheDoorForWhatNoOtherMatches) {
  const TestPolicy policy =
      TestPolicy().Key("a", Pem()).Rule("https://r.io/*", {"a"}).Rule("other.io/*", {"a"});
  for (const bool allow_unmatched_images : {false, true}) {
    const Requirement requirement = Ask(policy, "r.io/app", allow_unmatched_images);
    EXPECT_EQ(requirement.kind, Kind::kImpossible);
    EXPECT_THAT(requirement.rules, IsEmpty());
    EXPECT_THAT(requirement.broken,
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
  ASSERT_THAT(requirement.broken, SizeIs(2));
  EXPECT_THAT(requirement.broken[0], StartsWith("key \"x\\x0a{\\\"level"));
  EXPECT_LT(requirement.broken[1].size(), 300);
}

}  // namespace
}  // namespace countersign::policy
