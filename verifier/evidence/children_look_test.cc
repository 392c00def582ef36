// Policies that ask about the manifests of an image's index (policy::Terms::platforms), over a registry in
// memory.

#include "verifier/evidence/children_look.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/children.h"
#include "policy/judge.h"
#include "policy/test_sigstore_policies.h"
#include "verifier/evidence/examiner.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using policy::Platforms;
using policy::Reason;
using ::testing::HasSubstr;

constexpr char kImage[] = "registry.example.org/app:1";
constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";
constexpr char kIndexType[] = "application/vnd.oci.image.index.v1+json";
constexpr char kAttestation[] =
    R"("platform":{"os":"unknown","architecture":"unknown"},)"
    R"("annotations":{"vnd.docker.reference.type":"attestation-manifest"})";

class ChildrenLookTest : public testing::Test {
 protected:
  static std::string Linux(std::string_view architecture) {
    return absl::StrCat(R"("platform":{"os":"linux","architecture":")", architecture, "\"}");
  }
  static std::string Entry(const oci::Digest& digest, std::string_view more,
                           std::string_view type = kManifestType) {
    return absl::StrCat(R"({"mediaType":")", type, R"(","size":3,"digest":")", digest.ToString(),
                        "\",", more, "}");
  }
  oci::Digest PushIndex(const std::vector<std::string>& entries, std::string_view tag = "1") {
    return cluster_.registry.PutManifest(
        repository_, tag,
        absl::StrCat(R"({"schemaVersion":2,"mediaType":")", kIndexType, R"(","manifests":[)",
                     absl::StrJoin(entries, ","), "]}"));
  }
  void Sign(const oci::Digest& digest) { cluster_.Sign(kImage, digest, {&cluster_.signer}); }
  void SignAsOther(const oci::Digest& digest) {
    cluster_.Sign(kImage, digest, {&cluster_.other_signer});
  }
  std::string ByDigest(const oci::Digest& digest) const {
    return absl::StrCat(repository_.ToString(), "@", digest.ToString());
  }

  ImageQuestion Question(Platforms platforms, const std::string& text = kImage) {
    const oci::ImageReference image = *oci::ImageReference::Parse(text);
    const policy::PoliciesPtr policies =
        policy::TestSigstorePolicies()
            .Add("p", {"**"}, {policy::KeyAuthority("k", cluster_.signer.key().Public())},
                 {.platforms = platforms})
            .Build();
    return {.image = image,
            .scope = ShareScope({.workload_namespace = "shop"}),
            .requirement = std::make_shared<const policy::Requirement>(policy::RequirementFor(
                policies,
                {.workload_namespace = "shop",
                 .namespace_labels = std::make_shared<const policy::Labels>(
                     policy::Labels{{"policy.sigstore.dev/include", "true"}})},
                image)),
            .allowance = cluster_.OpenAllowance(limits_)};
  }
  policy::Verdict Ask(Platforms platforms, const std::string& text = kImage) {
    const ImageQuestion question = Question(platforms, text);
    const auto examination = cluster_.examiner.Examine(question).Wait(base::Soon());
    return examination.ok() ? policy::Judge(*question.requirement, text, **examination)
                            : policy::Judge(*question.requirement, text, examination.status());
  }
  // By what is remembered alone.
  bool IsAllowedByMemory(Platforms platforms, const std::string& text) {
    const ImageQuestion question = Question(platforms, text);
    const auto known = cluster_.examiner.Recall(question);
    return known.has_value() &&
           cluster_.examiner.ExamineRemembered(question, **known, base::Soon()).has_value();
  }
  size_t CountCalls(std::string_view part = "") const {
    return absl::c_count_if(cluster_.registry.Calls(), [part](const std::string& call) {
      return absl::StrContains(call, part);
    });
  }

  TestCluster cluster_{{}, {}, {}, {.tags = {.life = absl::Minutes(1)}}};
  const oci::Repository repository_ = {"registry.example.org", "app"};
  Allowance::Limits limits_;
  const oci::Digest amd_ = cluster_.PushImage(kImage, "amd");
  const oci::Digest arm_ = cluster_.PushImage(kImage, "arm");
  const oci::Digest attestation_ = cluster_.PushImage(kImage, "attestation");
  const oci::Digest index_ = PushIndex({Entry(amd_, Linux("amd64")), Entry(arm_, Linux("arm64")),
                                        Entry(attestation_, kAttestation)});
};

TEST_F(ChildrenLookTest, AllThatANodeMayRunMustBeSigned) {
  Sign(index_);
  Sign(amd_);
  const policy::Verdict lacking = Ask(Platforms::kAllChildren);
  EXPECT_EQ(lacking.reason, Reason::kNotSigned);
  EXPECT_THAT(lacking.message, HasSubstr(absl::StrCat(arm_.ToString(), " (linux/arm64) lacks it")));
  Sign(arm_);
  const policy::Verdict verdict = Ask(Platforms::kAllChildren);
  EXPECT_EQ(verdict.reason, Reason::kVerified) << verdict.message;
  EXPECT_EQ(verdict.digest, index_.ToString());
  // What no node runs need not be.
  EXPECT_EQ(CountCalls(attestation_.hex()), 0u);
}

TEST_F(ChildrenLookTest, WhereTheIndexIsNotSignedItsManifestsAreNotLookedAt) {
  Sign(amd_);
  Sign(arm_);
  EXPECT_EQ(Ask(Platforms::kAllChildren).reason, Reason::kNotSigned);
  EXPECT_EQ(CountCalls(amd_.hex()), 0u);
  EXPECT_EQ(Ask(Platforms::kIndex).reason, Reason::kNotSigned);
}

TEST_F(ChildrenLookTest, AtAnyLevelAllManifestsStandInForTheIndex) {
  Sign(amd_);
  const policy::Verdict lacking = Ask(Platforms::kAnyLevel);
  EXPECT_EQ(lacking.reason, Reason::kNotSigned);
  EXPECT_THAT(lacking.message, HasSubstr(arm_.ToString()));
  SignAsOther(arm_);
  EXPECT_EQ(Ask(Platforms::kAnyLevel).reason, Reason::kNotSigned);
  Sign(arm_);
  const policy::Verdict verdict = Ask(Platforms::kAnyLevel);
  EXPECT_EQ(verdict.reason, Reason::kVerified) << verdict.message;
  EXPECT_EQ(verdict.digest, index_.ToString());
  EXPECT_THAT(verdict.keys, testing::ElementsAre("k"));
}

TEST_F(ChildrenLookTest, ASignedIndexIsEnoughAtAnyLevelAndNeverReadByDefault) {
  Sign(index_);
  for (const Platforms platforms : {Platforms::kAnyLevel, Platforms::kIndex}) {
    EXPECT_EQ(Ask(platforms).reason, Reason::kVerified);
  }
  EXPECT_EQ(CountCalls(absl::StrCat("manifest ", ByDigest(index_))), 0u);
}

TEST_F(ChildrenLookTest, AnImageWithoutIndexIsAlone) {
  const std::string image = ByDigest(amd_);
  for (const Platforms platforms : {Platforms::kAllChildren, Platforms::kAnyLevel}) {
    EXPECT_EQ(Ask(platforms, image).reason, Reason::kNotSigned);
  }
  Sign(amd_);
  for (const Platforms platforms : {Platforms::kAllChildren, Platforms::kAnyLevel}) {
    EXPECT_EQ(Ask(platforms, image).reason, Reason::kVerified);
  }
}

TEST_F(ChildrenLookTest, AWarmAdmissionAsksTheRegistryNothing) {
  Sign(amd_);
  Sign(arm_);
  const std::string image = ByDigest(index_);
  EXPECT_FALSE(IsAllowedByMemory(Platforms::kAnyLevel, image));
  ASSERT_EQ(Ask(Platforms::kAnyLevel, image).reason, Reason::kVerified);
  const size_t calls = CountCalls();
  EXPECT_TRUE(IsAllowedByMemory(Platforms::kAnyLevel, image));
  EXPECT_FALSE(IsAllowedByMemory(Platforms::kAllChildren, image));
  EXPECT_EQ(CountCalls(), calls);
  Sign(index_);
  ASSERT_EQ(Ask(Platforms::kAllChildren, image).reason, Reason::kVerified);
  const size_t then = CountCalls();
  EXPECT_TRUE(IsAllowedByMemory(Platforms::kAllChildren, image));
  EXPECT_EQ(CountCalls(), then);
  // By tag, what it means is asked for.
  EXPECT_EQ(Ask(Platforms::kAllChildren).reason, Reason::kVerified);
  EXPECT_EQ(CountCalls(), then + 1);
  // It is of the image alone that it is remembered.
  EXPECT_FALSE(IsAllowedByMemory(Platforms::kAllChildren, ByDigest(amd_)));
}

TEST_F(ChildrenLookTest, ATagIsRememberedByWhicheverManifestsItWasAdmitted) {
  Sign(amd_);
  Sign(arm_);
  // What is denied is not.
  ASSERT_EQ(Ask(Platforms::kAllChildren).reason, Reason::kNotSigned);
  EXPECT_FALSE(IsAllowedByMemory(Platforms::kAnyLevel, kImage));
  ASSERT_EQ(Ask(Platforms::kAnyLevel).reason, Reason::kVerified);
  const size_t calls = CountCalls();
  EXPECT_TRUE(IsAllowedByMemory(Platforms::kAnyLevel, kImage));
  EXPECT_FALSE(IsAllowedByMemory(Platforms::kAllChildren, kImage));
  EXPECT_EQ(CountCalls(), calls);
}

TEST_F(ChildrenLookTest, NothingIsDeniedByWhatIsRemembered) {
  Sign(index_);
  Sign(amd_);
  ASSERT_EQ(Ask(Platforms::kAllChildren).reason, Reason::kNotSigned);
  cluster_.registry.FailWith(repository_, absl::PermissionDeniedError("no longer"),
                             absl::StrCat("manifest ", ByDigest(index_)));
  const policy::Verdict verdict = Ask(Platforms::kAllChildren);
  EXPECT_EQ(verdict.reason, Reason::kUndecided);
  EXPECT_THAT(verdict.message, testing::Not(HasSubstr(arm_.ToString())));
}

TEST_F(ChildrenLookTest, ManifestsOfAnIndexInTheIndexCount) {
  const oci::Digest inner = PushIndex({Entry(arm_, Linux("arm64"))}, "");
  const oci::Digest outer =
      PushIndex({Entry(amd_, Linux("amd64")), Entry(inner, Linux("arm64"), kIndexType)});
  Sign(outer);
  Sign(amd_);
  EXPECT_EQ(Ask(Platforms::kAllChildren).reason, Reason::kNotSigned);
  Sign(arm_);
  EXPECT_EQ(Ask(Platforms::kAllChildren).reason, Reason::kVerified);
}

TEST_F(ChildrenLookTest, WhoeverPushesManyManifestsIsUndecidedAndCostsNoMore) {
  std::vector<std::string> entries;
  for (size_t i = 0; i <= policy::kMaxChildren; ++i) {
    entries.push_back(Entry(oci::Digest::Of(absl::StrCat(i)), Linux("amd64")));
  }
  const oci::Digest many = PushIndex(entries);
  Sign(many);
  const policy::Verdict verdict = Ask(Platforms::kAllChildren);
  EXPECT_EQ(verdict.reason, Reason::kUndecided);
  EXPECT_THAT(verdict.message, HasSubstr("UNDECIDED"));
  EXPECT_THAT(verdict.policy_failures.at(0).details,
              HasSubstr("its index lists more than 64 manifests; no more are looked at"));
  EXPECT_EQ(CountCalls(oci::Digest::Of("0").hex()), 0u);
}

TEST_F(ChildrenLookTest, IndexesThatLieDeepOrAreManyAreUndecided) {
  oci::Digest deep = PushIndex({Entry(amd_, Linux("amd64"))}, "");
  for (int i = 0; i < 3; ++i) deep = PushIndex({Entry(deep, R"("x":1)", kIndexType)});
  Sign(deep);
  EXPECT_EQ(Ask(Platforms::kAllChildren).reason, Reason::kUndecided);
  std::vector<std::string> entries;
  for (size_t i = 0; i < 100; ++i) {
    entries.push_back(
        Entry(PushIndex({Entry(amd_, Linux(absl::StrCat(i)))}, ""), R"("x":1)", kIndexType));
  }
  Sign(PushIndex(entries));
  const size_t before = CountCalls();
  EXPECT_EQ(Ask(Platforms::kAllChildren).reason, Reason::kUndecided);
  EXPECT_LT(CountCalls() - before, 12u);
}

TEST_F(ChildrenLookTest, AllManifestsTogetherGetTheWorkOfOneImage) {
  TestCluster cluster({}, {}, {.units_per_image = 3});
  std::vector<std::string> entries;
  for (const char* const name : {"a", "b", "c", "d", "e", "f"}) {
    const oci::Digest child = cluster.PushImage(kImage, name);
    cluster.Sign(kImage, child, {&cluster_.signer});
    entries.push_back(Entry(child, Linux(name)));
  }
  const oci::Digest index = cluster.registry.PutManifest(
      repository_, "1",
      absl::StrCat(R"({"schemaVersion":2,"manifests":[)", absl::StrJoin(entries, ","), "]}"));
  cluster.Sign(kImage, index, {&cluster_.signer});
  ImageQuestion question = Question(Platforms::kAllChildren);
  question.allowance = cluster.OpenAllowance();
  const auto examination = cluster.examiner.Examine(question).Wait(base::Soon());
  ASSERT_THAT(examination, IsOk());
  const policy::Verdict verdict = policy::Judge(*question.requirement, kImage, **examination);
  EXPECT_EQ(verdict.reason, Reason::kUndecided);
  EXPECT_LE(cluster.judge.counts().units, 6u);
}

TEST_F(ChildrenLookTest, WhatCannotBeReadIsUndecided) {
  Sign(index_);
  Sign(amd_);
  Sign(arm_);
  cluster_.registry.FailWith(repository_, absl::UnavailableError("is away"),
                             absl::StrCat("manifest ", ByDigest(index_)));
  EXPECT_EQ(Ask(Platforms::kAllChildren).reason, Reason::kUndecided);
  cluster_.registry.FailWith(
      repository_, absl::UnavailableError("is away"),
      absl::StrCat("manifest ", repository_.ToString(), ":sha256-", arm_.hex()));
  const policy::Verdict verdict = Ask(Platforms::kAllChildren);
  EXPECT_EQ(verdict.reason, Reason::kUndecided);
  EXPECT_THAT(verdict.policy_failures.at(0).details, HasSubstr("(linux/arm64): "));
  EXPECT_EQ(cluster_.bytes.held(), 0u);
}

TEST_F(ChildrenLookTest, AnIndexThatANodeMayReadOtherwiseHoldsNothingByItsManifests) {
  Sign(amd_);
  cluster_.registry.PutManifest(
      repository_, "1",
      absl::StrCat(R"({"schemaVersion":2,"manifests":[)", Entry(amd_, Linux("amd64")),
                   R"(],"Manifests":[)", Entry(arm_, Linux("amd64")), "]}"));
  const policy::Verdict verdict = Ask(Platforms::kAnyLevel);
  EXPECT_EQ(verdict.reason, Reason::kNotSigned);
  EXPECT_THAT(verdict.policy_failures.at(0).details, HasSubstr("is written in another case"));
}

TEST_F(ChildrenLookTest, ARefusedCredentialCountsOnceForAllManifests) {
  cluster_.secrets.PutSecret("shop", "wrong",
                             TestPullSecret("registry.example.org", "robot", "wrong"));
  cluster_.secrets.PutSecret("shop", "right",
                             TestPullSecret("registry.example.org", "robot", "right"));
  cluster_.registry.RequireCredential(repository_, {{.username = "robot", .password = "right"}});
  Sign(index_);
  Sign(amd_);
  Sign(arm_);
  limits_.refused_attempts = 2;
  ImageQuestion question = Question(Platforms::kAllChildren);
  question.scope =
      ShareScope({.workload_namespace = "shop", .image_pull_secrets = {"wrong", "right"}});
  const auto examination = cluster_.examiner.Examine(question).Wait(base::Soon());
  ASSERT_THAT(examination, IsOk());
  EXPECT_EQ(policy::Judge(*question.requirement, kImage, **examination).reason, Reason::kVerified);
}

}  // namespace
}  // namespace countersign::verifier
