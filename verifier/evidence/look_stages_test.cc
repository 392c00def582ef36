// The stages of a plan of two places, of which one is the signature tag, and the other one of these
// tests alone: what allows ends a look, and nothing is denied before all places have been read.

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "verifier/evidence/examiner.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::_;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kImage[] = "registry.example.org/app:1";
constexpr auto kTag = policy::Place::kSignatureTag;
constexpr auto kElsewhere = static_cast<policy::Place::Kind>(1000);
const CredentialScope kScope = {.workload_namespace = "shop", .image_pull_secrets = {"regcred"}};

class LookStagesTest : public testing::Test {
 protected:
  LookStagesTest() {
    cluster_.secrets.PutSecret("shop", "regcred",
                               TestPullSecret("registry.example.org", "robot", "p"));
    SignByTag({&cluster_.other_signer});
  }

  void SignByTag(const std::vector<const cosign::TestSigner*>& signers) {
    cluster_.Sign(kImage, digest_, signers);
  }

  // Which images are signed is asked by the cluster's signer's key.
  ImageQuestion Question(const std::vector<policy::LookPlan::Stage>& stages,
                         const std::string& text = kImage) {
    const oci::ImageReference image = *oci::ImageReference::Parse(text);
    policy::Requirement requirement =
        policy::RequirementFor(policy_, {.workload_namespace = "shop"}, image);
    requirement.plan.stages = stages;
    return {.image = image,
            .scope = ShareScope(kScope),
            .requirement = std::make_shared<const policy::Requirement>(std::move(requirement)),
            .allowance = cluster_.OpenAllowance()};
  }

  absl::StatusOr<Examiner::ExaminationPtr> Look(const ImageQuestion& question) {
    return examiner_.Examine(question).Wait(base::Soon());
  }
  absl::StatusOr<Examiner::ExaminationPtr> LookInStages() {
    return Look(Question({{kTag}, {kElsewhere}}));
  }

  std::string ByDigest() const {
    return absl::StrCat("registry.example.org/app@", digest_.ToString());
  }

  // What is kept in the second place, or what comes of it by username; and who has asked.
  struct Elsewhere {
    policy::Items items;
    std::map<std::string, absl::Status> failures;
    std::vector<std::string> asked_by;

    absl::StatusOr<ReadItems> Read(const registry::Credential& credential) {
      asked_by.push_back(credential.username);
      const auto failure = failures.find(credential.username);
      if (failure != failures.end()) return failure->second;
      return ReadItems{.items = items};
    }
  };

  TestCluster cluster_;
  const oci::Digest digest_ = cluster_.PushImage(kImage);
  const PolicySnapshot policy_ =
      policy::TestPolicy().Key("k", cluster_.signer.key().PublicPem()).Rule("*", {"k"}).Build();
  Elsewhere elsewhere_;
  EvidenceGatherer gatherer_{&cluster_.registry,
                             &cluster_.credentials,
                             &cluster_.pool,
                             &cluster_.clock,
                             {.readers = {{kElsewhere, [this](const ImageSource& source) {
                                             return elsewhere_.Read(source.credential);
                                           }}}}};
  Examiner examiner_{&gatherer_, &cluster_.judge, &cluster_.pool, {}};
};

TEST_F(LookStagesTest, WhatAllowsEndsTheLook) {
  SignByTag({&cluster_.signer});
  elsewhere_.failures[""] = absl::UnavailableError("is away");
  const auto examination = LookInStages();
  ASSERT_THAT(examination, IsOk());
  EXPECT_THAT((*examination)->verification.verified, SizeIs(1));
  EXPECT_THAT(elsewhere_.asked_by, IsEmpty());
}

TEST_F(LookStagesTest, WhatDoesNotAllowIsJudgedAlongWithWhatTheNextStageHas) {
  elsewhere_.items = {cluster_.signer.Sign(digest_)};
  const auto examination = LookInStages();
  ASSERT_THAT(examination, IsOk());
  EXPECT_EQ((*examination)->items, 2u);
  ASSERT_THAT((*examination)->verification.verified, SizeIs(1));
  EXPECT_EQ((*examination)->verification.verified[0].item, 1u);
  EXPECT_THAT(elsewhere_.asked_by, ElementsAre("robot"));
}

TEST_F(LookStagesTest, ADenialIsFinalAfterTheLastStage) {
  elsewhere_.items = {cluster_.other_signer.Sign(digest_)};
  const auto examination = LookInStages();
  ASSERT_THAT(examination, IsOk());
  EXPECT_EQ((*examination)->items, 2u);
  EXPECT_THAT((*examination)->verification.verified, IsEmpty());
  EXPECT_THAT((*examination)->verification.failures, SizeIs(2));
}

TEST_F(LookStagesTest, WhereAPlaceCannotBeReadNothingIsKnown) {
  for (const absl::Status& failure :
       {absl::UnavailableError("is away"), absl::FailedPreconditionError("is broken")}) {
    elsewhere_.failures = {{"robot", failure}, {"", failure}};
    EXPECT_THAT(LookInStages(),
                StatusIs(failure.code(), HasSubstr(std::string(failure.message()))));
    EXPECT_THAT(Look(Question({{kTag, kElsewhere}})), StatusIs(failure.code(), _));
  }
}

TEST_F(LookStagesTest, APlaceThatCannotBeReadHidesNothingOfTheOthers) {
  SignByTag({&cluster_.signer});
  for (const absl::Status& failure :
       {absl::UnavailableError("is away"), absl::ResourceExhaustedError("is busy"),
        absl::FailedPreconditionError("is broken")}) {
    for (const std::vector<policy::LookPlan::Stage>& stages :
         {std::vector<policy::LookPlan::Stage>{{kElsewhere}, {kTag}},
          std::vector<policy::LookPlan::Stage>{{kElsewhere, kTag}},
          std::vector<policy::LookPlan::Stage>{{kTag, kElsewhere}}}) {
      elsewhere_.failures = {{"robot", failure}, {"", failure}};
      elsewhere_.asked_by.clear();
      const auto examination = Look(Question(stages));
      ASSERT_THAT(examination, IsOk()) << failure;
      EXPECT_THAT((*examination)->verification.verified, SizeIs(1)) << failure;
      EXPECT_THAT(elsewhere_.asked_by, ElementsAre("robot"));
      // It was remembered.
      cluster_.clock.Advance(absl::Hours(1));
    }
  }
}

TEST_F(LookStagesTest, WhereWhatWasReadIsNotEnoughTheFirstFailureIsTheAnswer) {
  elsewhere_.failures["robot"] = absl::UnavailableError("is away");
  EXPECT_THAT(Look(Question({{kElsewhere}, {kTag}})),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("is away")));
  EXPECT_THAT(elsewhere_.asked_by, ElementsAre("robot"));
  cluster_.registry.FailWith({"registry.example.org", "app"},
                             absl::ResourceExhaustedError("is busy"), "manifest ");
  EXPECT_THAT(Look(Question({{kElsewhere}, {kTag}})),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("is away")));
  EXPECT_THAT(Look(Question({{kTag}, {kElsewhere}})),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("is busy")));
}

TEST_F(LookStagesTest, NothingMoreIsReadAfterADeadlineOrOnceNobodyWaits) {
  SignByTag({&cluster_.signer});
  for (const absl::Status& failure :
       {absl::DeadlineExceededError("too late"), absl::CancelledError("not wanted")}) {
    elsewhere_.failures["robot"] = failure;
    const size_t calls = cluster_.registry.Calls().size();
    EXPECT_THAT(Look(Question({{kElsewhere}, {kTag}})), StatusIs(failure.code(), _));
    EXPECT_THAT(cluster_.registry.Calls(), SizeIs(calls + 1));  // of the tag
  }
}

TEST_F(LookStagesTest, WhatWasFoundBeforeTheDeadlineOfAnotherPlaceOfItsStageIsJudged) {
  elsewhere_.failures = {{"robot", absl::DeadlineExceededError("too late")}};
  EXPECT_THAT(Look(Question({{kTag, kElsewhere}})),
              StatusIs(absl::StatusCode::kDeadlineExceeded, _));
  SignByTag({&cluster_.signer});
  const auto examination = Look(Question({{kTag, kElsewhere}}));
  ASSERT_THAT(examination, IsOk());
  EXPECT_THAT((*examination)->verification.verified, SizeIs(1));
  EXPECT_THAT(elsewhere_.asked_by, ElementsAre("robot", "robot"));
}

TEST_F(LookStagesTest, WhoIsRefusedInOnePlaceAsksForNoOtherAndWhatHeFoundCounts) {
  SignByTag({&cluster_.signer});
  for (const char* const who : {"robot", ""}) {
    elsewhere_.failures[who] = absl::PermissionDeniedError("is hidden");
  }
  const auto examination = Look(Question({{kTag, kElsewhere}}));
  ASSERT_THAT(examination, IsOk());
  EXPECT_THAT((*examination)->verification.verified, SizeIs(1));

  cluster_.clock.Advance(absl::Hours(1));
  const size_t before = cluster_.registry.Calls().size();
  EXPECT_THAT(Look(Question({{kElsewhere}, {kTag}})),
              StatusIs(absl::StatusCode::kUnauthenticated, _));
  std::vector<std::string> calls = cluster_.registry.Calls();
  calls.erase(calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(before));
  EXPECT_THAT(calls, Each(HasSubstr("resolve ")));
}

TEST_F(LookStagesTest, APlaceThatIsHiddenFromOneCredentialMayBeShownToTheNext) {
  elsewhere_.items = {cluster_.signer.Sign(digest_)};
  elsewhere_.failures["robot"] = absl::PermissionDeniedError("is hidden");
  const auto examination = LookInStages();
  ASSERT_THAT(examination, IsOk());
  EXPECT_THAT((*examination)->verification.verified, SizeIs(1));
  EXPECT_THAT((*examination)->how,
              HasSubstr("imagePullSecret shop/regcred (refused), anonymous (answered)"));
  // Where it is hidden from all, it is not known that there is nothing.
  elsewhere_.failures[""] = absl::PermissionDeniedError("is hidden");
  cluster_.clock.Advance(absl::Hours(1));
  EXPECT_THAT(LookInStages(), StatusIs(absl::StatusCode::kUnauthenticated, _));
}

TEST_F(LookStagesTest, PlacesOfOneStageAreAllRead) {
  SignByTag({&cluster_.signer});
  elsewhere_.items = {cluster_.signer.Sign(digest_)};
  const auto examination = Look(Question({{kElsewhere, kTag}}));
  ASSERT_THAT(examination, IsOk());
  EXPECT_EQ((*examination)->items, 2u);
  EXPECT_THAT(elsewhere_.asked_by, SizeIs(1));
}

TEST_F(LookStagesTest, WhatHeldInALaterStageIsRememberedAndServesWithoutTheEarlierOnes) {
  elsewhere_.items = {cluster_.signer.Sign(digest_)};
  ASSERT_THAT(LookInStages(), IsOk());
  const size_t calls = cluster_.registry.Calls().size();
  const ImageQuestion question = Question({{kTag}, {kElsewhere}}, ByDigest());
  const auto remembered = examiner_.Recall(question);
  ASSERT_TRUE(remembered.has_value());
  EXPECT_TRUE(examiner_.ExamineRemembered(question, **remembered, base::Soon()).has_value());
  EXPECT_THAT(cluster_.registry.Calls(), SizeIs(calls));
  EXPECT_THAT(elsewhere_.asked_by, SizeIs(1));
  // Whoever is not to look there does not get it.
  EXPECT_FALSE(examiner_.Recall(Question({{kTag}}, ByDigest())).has_value());
}

TEST_F(LookStagesTest, WhatIsRememberedOfOnePlaceDeniesNothing) {
  SignByTag({&cluster_.signer});
  ASSERT_THAT(LookInStages(), IsOk());
  // The key is replaced, and elsewhere there is a signature by the new one.
  ImageQuestion question = Question({{kTag}, {kElsewhere}});
  const PolicySnapshot policy = policy::TestPolicy()
                                    .Key("k", cluster_.other_signer.key().PublicPem())
                                    .Rule("*", {"k"})
                                    .Build();
  policy::Requirement requirement =
      policy::RequirementFor(policy, {.workload_namespace = "shop"}, question.image);
  requirement.plan = question.requirement->plan;
  question.requirement = std::make_shared<const policy::Requirement>(std::move(requirement));
  elsewhere_.items = {cluster_.other_signer.Sign(digest_)};
  const auto examination = Look(question);
  ASSERT_THAT(examination, IsOk());
  EXPECT_THAT((*examination)->verification.verified, SizeIs(1));
}

}  // namespace
}  // namespace countersign::verifier
