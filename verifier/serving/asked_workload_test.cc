#include "verifier/serving/asked_workload.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/byte_budget.h"
#include "base/share.h"
#include "cosign/signer.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/evidence_source.h"
#include "policy/look_plan.h"
#include "policy/policies.h"
#include "policy/policy.h"
#include "policy/test_policy.h"
#include "policy/test_sigstore_policies.h"
#include "verifier/serving/requirement_memory.h"

namespace countersign::verifier {
namespace {

using policy::Reason;
using policy::TestPolicy;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kImage[] = "registry.example.org/app:1";

class AskedWorkloadTest : public testing::Test {
 protected:
  AskedWorkloadTest() {
    question_ = {.workload_namespace = "shop",
                 .service_account = "runner",
                 .image_pull_secrets = {"b", "a"}};
    policy_ = Snapshot(TestPolicy()
                           .Key("k", crypto::TestKey::Generate().PublicPem())
                           .Rule("registry.example.org/*", {"k"})
                           .Rule("registry.example.org/secret/*", {"k"},
                                 policy::SecretReference{"secrets", "regcred"})
                           .Rule("docker.io/library/*", {"k"})
                           .ExcludeNamespace("kube-system"));
  }

  static PolicySnapshot Snapshot(const TestPolicy& policy) { return policy.Build(); }

  AskedWorkload Asked() {
    return {&question_, policy_, rules_, credentials_, allowance_, {}, &memory_};
  }

  // The reason of the verdict; nullopt if something is to be found out.
  static std::optional<Reason> ReasonOf(const std::variant<policy::Verdict, ImageQuestion>& asked) {
    const auto* const verdict = std::get_if<policy::Verdict>(&asked);
    if (verdict == nullptr) return std::nullopt;
    return verdict->reason;
  }
  std::optional<Reason> Ask(const std::string& image) { return ReasonOf(Asked().Ask(image)); }

  base::ByteBudget bytes_{base::ByteBudget::Options()};
  const AllowancePtr allowance_ =
      std::make_shared<Allowance>(base::Share(), bytes_.OpenAccount(), Allowance::Limits());
  RequirementMemory memory_;
  WorkloadQuestion question_;
  absl::StatusOr<PolicySnapshot> policy_;
  ImageRules rules_;
  CredentialUse credentials_ = CredentialUse::kCluster;
};

TEST_F(AskedWorkloadTest, WhatAPolicyAsksAboutIsToBeFoundOut) {
  const auto asked = Asked().Ask(kImage);
  const auto* const question = std::get_if<ImageQuestion>(&asked);
  ASSERT_NE(question, nullptr);
  EXPECT_EQ(question->image.text(), kImage);
  EXPECT_EQ(question->allowance, allowance_);
  EXPECT_TRUE(question->requirement->NeedsEvidence());
  EXPECT_EQ(question->scope->scope.workload_namespace, "shop");
  EXPECT_EQ(question->scope->scope.service_account, "runner");
  EXPECT_THAT(question->scope->scope.image_pull_secrets, ElementsAre("b", "a"));
  EXPECT_FALSE(question->scope->scope.anonymous_only);
}

TEST_F(AskedWorkloadTest, WhatThePolicyAndTheTextSayNeedsNoLook) {
  EXPECT_EQ(Ask("example.com/app"), Reason::kUnmatched);
  EXPECT_EQ(Ask("UPPER case"), Reason::kInvalidReference);
  rules_.allow_unmatched_images = true;
  EXPECT_EQ(Ask("example.com/app"), Reason::kUnmatchedAllowed);
  EXPECT_EQ(Ask("UPPER case"), Reason::kInvalidReference);
}

TEST_F(AskedWorkloadTest, WhereNothingIsAskedOfAnyImageNoTextMatters) {
  question_.workload_namespace = "kube-system";
  EXPECT_EQ(Ask("UPPER case"), Reason::kExcludedNamespace);
  policy_ = policy::Policies::None();
  EXPECT_EQ(Ask("UPPER case"), Reason::kNoPolicy);
}

TEST_F(AskedWorkloadTest, WithoutAPolicyReadNothingIsDecided) {
  policy_ = absl::UnavailableError("not yet");
  EXPECT_EQ(Ask(kImage), Reason::kUndecided);
  EXPECT_EQ(Ask("UPPER case"), Reason::kUndecided);
}

TEST_F(AskedWorkloadTest, ADigestIsDemandedOnlyOfWhatAPolicyAsksAbout) {
  question_.require_digest = true;
  EXPECT_EQ(Ask(kImage), Reason::kNotPinned);
  EXPECT_EQ(Ask(absl::StrCat(kImage, "@sha256:", std::string(64, '0'))), std::nullopt);
  EXPECT_EQ(Ask("example.com/app"), Reason::kUnmatched);
}

TEST_F(AskedWorkloadTest, NoDigestIsDemandedByAPolicyThatOnlyWarns) {
  const auto policy = [](policy::Mode mode) {
    return policy::TestSigstorePolicies()
        .Add("p", {"**"}, {policy::KeyAuthority("k")}, {.mode = mode})
        .Build();
  };
  question_.require_digest = true;
  rules_.deny_short_names = true;
  policy_ = policy(policy::Mode::kWarn);
  EXPECT_EQ(Ask("nginx"), std::nullopt);
  policy_ = policy(policy::Mode::kEnforce);
  EXPECT_EQ(Ask("nginx"), Reason::kNotPinned);
}

TEST_F(AskedWorkloadTest, ShortNamesAreRefusedOnlyWhereAPolicyAsksAboutThem) {
  EXPECT_EQ(Ask("nginx"), std::nullopt);
  rules_.deny_short_names = true;
  EXPECT_EQ(Ask("nginx"), Reason::kShortName);
  EXPECT_EQ(Ask("docker.io/library/nginx"), std::nullopt);
  EXPECT_EQ(Ask("team/app"), Reason::kUnmatched);
}

TEST_F(AskedWorkloadTest, WhoHasNoRightToCredentialsAsksAnonymously) {
  credentials_ = CredentialUse::kAnonymous;
  AskedWorkload workload = Asked();
  for (const char* image : {kImage, "registry.example.org/secret/app"}) {
    const auto asked = workload.Ask(image);
    const auto& scope = std::get<ImageQuestion>(asked).scope->scope;
    EXPECT_TRUE(scope.anonymous_only);
    EXPECT_EQ(scope.workload_namespace, "");
    EXPECT_THAT(scope.image_pull_secrets, IsEmpty());
    EXPECT_THAT(scope.policy_secrets, IsEmpty());
  }
}

TEST_F(AskedWorkloadTest, WhatImagesHaveInCommonIsThereOnce) {
  AskedWorkload workload = Asked();
  const auto first = workload.Ask(kImage);
  const auto second = workload.Ask("registry.example.org/other");
  const auto secret = workload.Ask("registry.example.org/secret/app");
  EXPECT_EQ(std::get<ImageQuestion>(first).scope, std::get<ImageQuestion>(second).scope);
  EXPECT_EQ(std::get<ImageQuestion>(first).requirement,
            std::get<ImageQuestion>(second).requirement);
  EXPECT_NE(std::get<ImageQuestion>(first).scope, std::get<ImageQuestion>(secret).scope);
  EXPECT_NE(std::get<ImageQuestion>(first).requirement,
            std::get<ImageQuestion>(secret).requirement);
  EXPECT_THAT(std::get<ImageQuestion>(secret).scope->scope.policy_secrets, testing::SizeIs(1));
}

TEST_F(AskedWorkloadTest, WhatIsAskedOfAnImageIsRememberedButNotForWhomItIsLookedAt) {
  const auto first = Asked().Ask(kImage);
  question_.service_account = "other";
  const auto second = Asked().Ask(kImage);
  const auto& one = std::get<ImageQuestion>(first);
  const auto& two = std::get<ImageQuestion>(second);
  EXPECT_EQ(one.requirement, two.requirement);
  EXPECT_EQ(two.scope->scope.service_account, "other");
  EXPECT_EQ(two.image.text(), kImage);
  question_.require_digest = true;
  EXPECT_EQ(Ask(kImage), Reason::kNotPinned);
}

TEST_F(AskedWorkloadTest, AnImageBesideTheSignaturesDoesNotSayWhereThoseOfOthersAre) {
  const policy::EvidenceSource source = {.repository =
                                             oci::Repository{"registry.example.org", "signatures"}};
  policy::Authority authority = {.name = "k",
                                 .asks = cosign::KeySigner(crypto::TestKey::Generate().Public()),
                                 .source = std::make_shared<const policy::EvidenceSource>(source)};
  policy_ = policy::PoliciesForEveryImage(
      {std::make_shared<const policy::Authority>(std::move(authority))});
  AskedWorkload workload = Asked();
  const auto beside = workload.Ask("registry.example.org/signatures:1");
  const auto elsewhere = workload.Ask(kImage);
  EXPECT_THAT(std::get<ImageQuestion>(beside).requirement->sources, IsEmpty());
  const policy::Requirement& requirement = *std::get<ImageQuestion>(elsewhere).requirement;
  ASSERT_THAT(requirement.sources, testing::SizeIs(1));
  EXPECT_EQ(*requirement.sources[0], source);
  const policy::LookPlan& plan = requirement.plan;
  ASSERT_FALSE(plan.stages.empty());
  EXPECT_THAT(plan.stages[0],
              ElementsAre(policy::Place(policy::Place::kSignatureTag, requirement.sources[0])));
}

}  // namespace
}  // namespace countersign::verifier
