#include "verifier/evidence/examiner.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "cosign/signer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/policies.h"
#include "policy/policy.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using policy::TestPolicy;
using ::testing::_;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kImage[] = "registry.example.org/app:1";
constexpr char kRegistry[] = "registry.example.org";
const oci::Repository kRepository = {kRegistry, "app"};

class ExaminerTest : public testing::Test {
 protected:
  ExaminerTest() { Sign({&cluster_.signer}); }

  void Sign(const std::vector<const cosign::TestSigner*>& signers) {
    cluster_.Sign(kImage, digest_, signers);
  }

  ImageQuestion Question(const PolicySnapshot& policy, const std::string& text = kImage,
                         const CredentialScope& scope = {}) {
    const oci::ImageReference image = *oci::ImageReference::Parse(text);
    return {.image = image,
            .scope = ShareScope(scope),
            .requirement = std::make_shared<const policy::Requirement>(
                policy::RequirementFor(policy, {.workload_namespace = "shop"}, image)),
            .allowance = cluster_.OpenAllowance()};
  }

  PolicySnapshot PolicyWith(const cosign::TestSigner& signer) const {
    return TestPolicy().Key("k", signer.key().PublicPem()).Rule("*", {"k"}).Build();
  }

  absl::StatusOr<Examiner::ExaminationPtr> Wait(Examiner::Ticket ticket) {
    return ticket.Wait(base::Soon());
  }

  std::string ByDigest() const { return absl::StrCat(kRegistry, "/app@", digest_.ToString()); }

  TestCluster cluster_;
  const oci::Digest digest_ = cluster_.PushImage(kImage);
  const PolicySnapshot policy_ = PolicyWith(cluster_.signer);
};

TEST_F(ExaminerTest, FindsWhatHoldsAndHoldsNothingAfterwards) {
  const auto examination = Wait(cluster_.examiner.Examine(Question(policy_)));
  ASSERT_THAT(examination, IsOk());
  EXPECT_EQ((*examination)->digest, digest_);
  EXPECT_THAT((*examination)->verification.verified, SizeIs(1));
  EXPECT_GT(cluster_.bytes.most_held(), 0u);
  EXPECT_EQ(cluster_.bytes.held(), 0u);
}

TEST_F(ExaminerTest, WhatEndsTheLookIsCheckedOnce) {
  const auto examination = Wait(cluster_.examiner.Examine(Question(policy_)));
  ASSERT_THAT(examination, IsOk());
  EXPECT_EQ((*examination)->how, "anonymous (answered)");
  EXPECT_EQ(cluster_.judge.counts().proofs.misses + cluster_.judge.counts().proofs.hits, 1u);
}

TEST_F(ExaminerTest, LooksAndChecksOnceForAllWhoWait) {
  Sign(std::vector<const cosign::TestSigner*>(10, &cluster_.other_signer));
  std::vector<Examiner::Ticket> tickets;
  {
    const BlockedLane blocked(&cluster_);
    for (int i = 0; i < 20; ++i) tickets.push_back(cluster_.examiner.Examine(Question(policy_)));
  }
  for (Examiner::Ticket& ticket : tickets) {
    const auto examination = ticket.Wait(base::Soon());
    ASSERT_THAT(examination, IsOk());
    EXPECT_THAT((*examination)->verification.verified, IsEmpty());
  }
  EXPECT_EQ(cluster_.judge.counts().units, 10u);
  // Tag, signatures, and, as they do not hold, what refers to the image, in two places.
  EXPECT_THAT(cluster_.registry.Calls(), SizeIs(4));
}

TEST_F(ExaminerTest, NobodyGetsWhatAnotherPolicyGave) {
  const PolicySnapshot other = PolicyWith(cluster_.other_signer);
  std::vector<Examiner::Ticket> tickets;
  {
    const BlockedLane blocked(&cluster_);
    tickets.push_back(cluster_.examiner.Examine(Question(policy_)));
    tickets.push_back(cluster_.examiner.Examine(Question(other)));
    tickets.push_back(
        cluster_.examiner.Examine(Question(policy_, kImage, {.service_account = "a"})));
  }
  std::vector<size_t> verified;
  for (Examiner::Ticket& ticket : tickets) {
    const auto examination = ticket.Wait(base::Soon());
    ASSERT_THAT(examination, IsOk());
    verified.push_back((*examination)->verification.verified.size());
  }
  EXPECT_THAT(verified, testing::ElementsAre(1, 0, 1));
}

// Nor what was found of another type of statement, by the same key.
TEST_F(ExaminerTest, NobodyGetsWhatWasAskedForAnotherTypeOfPredicate) {
  const auto asking_for = [this](const std::optional<std::string>& predicate_type) {
    policy::Authority authority = {.name = "k",
                                   .asks = cosign::KeySigner(cluster_.signer.key().Public())};
    if (predicate_type.has_value()) {
      authority.attestations.push_back({.predicate_type = *predicate_type});
    }
    return policy::PoliciesForEveryImage(
        {std::make_shared<const policy::Authority>(std::move(authority))});
  };
  const PolicySnapshot signature = asking_for(std::nullopt);
  const PolicySnapshot attestation = asking_for("https://example.org/predicate");
  std::vector<Examiner::Ticket> tickets;
  {
    const BlockedLane blocked(&cluster_);
    tickets.push_back(cluster_.examiner.Examine(Question(attestation)));
    tickets.push_back(cluster_.examiner.Examine(Question(signature)));
  }
  std::vector<size_t> verified;
  for (Examiner::Ticket& ticket : tickets) {
    const auto examination = ticket.Wait(base::Soon());
    ASSERT_THAT(examination, IsOk());
    verified.push_back((*examination)->verification.verified.size());
  }
  EXPECT_THAT(verified, testing::ElementsAre(0, 1));
}

// So the namespace need not be the same for those who share a look.
TEST_F(ExaminerTest, WhatIsAskedOfAnImageIsTheSameInEveryNamespaceWhereAnythingIs) {
  const PolicySnapshot policy = TestPolicy()
                                    .Key("k", cluster_.signer.key().PublicPem())
                                    .Key("l", cluster_.other_signer.key().PublicPem())
                                    .Rule("*", {"k"})
                                    .Rule("registry.example.org/*", {"l"})
                                    .ExcludeNamespace("left-out")
                                    .Build();
  const oci::ImageReference image = *oci::ImageReference::Parse(kImage);
  const policy::Requirement in_shop =
      policy::RequirementFor(policy, {.workload_namespace = "shop"}, image);
  const policy::Requirement elsewhere = policy::RequirementFor(
      policy, {.workload_namespace = "elsewhere", .allow_unmatched_images = true}, image);
  EXPECT_THAT(in_shop.asked, SizeIs(2));
  EXPECT_THAT(elsewhere.asked, SizeIs(2));
  EXPECT_EQ(in_shop.selection, elsewhere.selection);
  EXPECT_EQ(in_shop.Matching(), elsewhere.Matching());
  EXPECT_EQ(in_shop.plan.stages, elsewhere.plan.stages);
  EXPECT_FALSE(
      policy::RequirementFor(policy, {.workload_namespace = "left-out"}, image).NeedsEvidence());
}

TEST_F(ExaminerTest, ALookThatBeganBeforeTheQuestionDeniesNothing) {
  // Of a payload that has to be fetched.
  const std::string payload = cosign::TestSigner::Payload(digest_, "first.example.org/app");
  cluster_.PushSignatures(kImage, digest_, {cluster_.other_signer.SignPayload(payload)});
  cluster_.registry.Hold(kRepository, "blob");
  Examiner::Ticket first = cluster_.examiner.Examine(Question(policy_));
  EXPECT_TRUE(base::Eventually([&] { return cluster_.registry.CountHeld(kRepository) == 1; }));
  // Its signatures have been asked for, and now there are others.
  cluster_.clock.Advance(absl::Milliseconds(1));
  Sign({&cluster_.signer});
  Examiner::Ticket second = cluster_.examiner.Examine(Question(policy_));
  Examiner::Ticket third =
      cluster_.examiner.Examine(Question(policy_), Examiner::Freshness::kFresh);
  cluster_.registry.LetGo(kRepository);
  const auto by_first = Wait(std::move(first));
  ASSERT_THAT(by_first, IsOk());
  EXPECT_THAT((*by_first)->verification.verified, IsEmpty());
  for (Examiner::Ticket* const ticket : {&second, &third}) {
    const auto by_later = Wait(std::move(*ticket));
    ASSERT_THAT(by_later, IsOk());
    EXPECT_THAT((*by_later)->verification.verified, SizeIs(1));
  }
}

TEST_F(ExaminerTest, ALookThatBeganBeforeTheQuestionSaysNotThatThereIsNone) {
  const std::string absent = absl::StrCat(kRegistry, "/app:2");
  cluster_.registry.Hold(kRepository);
  Examiner::Ticket first = cluster_.examiner.Examine(Question(policy_, absent));
  EXPECT_TRUE(base::Eventually([&] { return cluster_.registry.CountHeld(kRepository) == 1; }));
  Examiner::Ticket second = cluster_.examiner.Examine(Question(policy_, absent));
  cluster_.registry.LetGo(kRepository);
  EXPECT_THAT(Wait(std::move(first)).status(), StatusIs(absl::StatusCode::kNotFound, _));
  cluster_.Sign(absent, cluster_.PushImage(absent), {&cluster_.signer});
  const auto examination = Wait(std::move(second));
  ASSERT_THAT(examination, IsOk());
  EXPECT_THAT((*examination)->verification.verified, SizeIs(1));
}

TEST_F(ExaminerTest, ALookThatBeganBeforeTheQuestionMayAllow) {
  cluster_.registry.Hold(kRepository);
  Examiner::Ticket first = cluster_.examiner.Examine(Question(policy_));
  EXPECT_TRUE(base::Eventually([&] { return cluster_.registry.CountHeld(kRepository) == 1; }));
  Examiner::Ticket second = cluster_.examiner.Examine(Question(policy_));
  cluster_.registry.LetGo(kRepository);
  const auto by_first = Wait(std::move(first));
  ASSERT_THAT(by_first, IsOk());
  EXPECT_THAT(Wait(std::move(second)), base::IsOkAndHolds(*by_first));
  EXPECT_THAT(cluster_.registry.Calls(), SizeIs(2));
}

TEST_F(ExaminerTest, WhatNobodyWaitsForIsNotLookedAt) {
  {
    const BlockedLane blocked(&cluster_);
    cluster_.examiner.Examine(Question(policy_));
  }
  // What comes after it is.
  EXPECT_THAT(
      Wait(cluster_.examiner.Examine(Question(policy_, "registry.example.org/absent:1"))).status(),
      StatusIs(absl::StatusCode::kNotFound, _));
  EXPECT_THAT(cluster_.registry.Calls(), SizeIs(1));
}

TEST_F(ExaminerTest, DecidesNothingWhereThePlanHasPlacesThatAreNotLookedAt) {
  ImageQuestion question = Question(policy_);
  policy::Requirement elsewhere_too = *question.requirement;
  elsewhere_too.plan.stages.push_back({policy::Place::kUnspecified});
  question.requirement = std::make_shared<const policy::Requirement>(std::move(elsewhere_too));
  EXPECT_THAT(Wait(cluster_.examiner.Examine(question)).status(),
              StatusIs(absl::StatusCode::kUnimplemented, _));
  EXPECT_THAT(cluster_.registry.Calls(), IsEmpty());
}

TEST_F(ExaminerTest, RemembersOnlyWhatHeld) {
  const auto recall = [&] { return cluster_.examiner.Recall(Question(policy_, ByDigest())); };
  Sign({&cluster_.other_signer});
  ASSERT_THAT(Wait(cluster_.examiner.Examine(Question(policy_))), IsOk());
  EXPECT_FALSE(recall().has_value());
  Sign({&cluster_.signer});
  ASSERT_THAT(Wait(cluster_.examiner.Examine(Question(policy_))), IsOk());
  const auto known = recall();
  ASSERT_TRUE(known.has_value());
  const absl::Time deadline = base::Soon();
  EXPECT_TRUE(cluster_.examiner.ExamineRemembered(Question(policy_, ByDigest()), **known, deadline)
                  .has_value());
  // By another policy it may not hold, which is for a fresh look to say.
  const PolicySnapshot other = PolicyWith(cluster_.other_signer);
  EXPECT_FALSE(cluster_.examiner.ExamineRemembered(Question(other, ByDigest()), **known, deadline)
                   .has_value());
}

TEST_F(ExaminerTest, WhatWasRememberedOfATagsDigestAndDoesNotHoldIsReadAgain) {
  ASSERT_THAT(Wait(cluster_.examiner.Examine(Question(policy_))), IsOk());
  Sign({&cluster_.other_signer});
  const auto examination =
      Wait(cluster_.examiner.Examine(Question(PolicyWith(cluster_.other_signer))));
  ASSERT_THAT(examination, IsOk());
  EXPECT_THAT((*examination)->verification.verified, SizeIs(1));
}

// What those hear who waited in vain for a look that waits for such an answer of the registry: whoever began it,
// and one who has come this moment.
class HeldLookTest : public ExaminerTest {
 protected:
  void ExpectToHear(const std::string& said, std::string_view held) {
    cluster_.registry.Hold(kRepository, held);
    Examiner::Ticket first = cluster_.examiner.Examine(Question(policy_));
    EXPECT_TRUE(base::Eventually([&] { return cluster_.registry.CountHeld(kRepository) == 1; }));
    cluster_.clock.Advance(absl::Seconds(9.8));
    Examiner::Ticket second = cluster_.examiner.Examine(Question(policy_));
    for (Examiner::Ticket* ticket : {&first, &second}) {
      EXPECT_THAT(ticket->Wait(absl::InfinitePast()).status(),
                  StatusIs(absl::StatusCode::kDeadlineExceeded, said));
    }
    cluster_.registry.LetGo(kRepository);
  }
};

TEST_F(HeldLookTest, WhoWaitsInVainForWhatTheTagMeansHearsThat) {
  ExpectToHear(
      "no answer in time: waiting for the registry to say what the tag means (resolve) took 9.8 s "
      "of 9.8 s",
      "resolve");
}

TEST_F(HeldLookTest, WhoWaitsInVainForAnotherAnswerOfTheRegistryHearsThat) {
  ExpectToHear("no answer in time: waiting for the registry's answer (fetch) took 9.8 s of 9.8 s",
               "manifest");
}

TEST_F(ExaminerTest, WhoWaitsInVainForHisTurnHearsThat) {
  const BlockedLane blocked(&cluster_);
  Examiner::Ticket ticket = cluster_.examiner.Examine(Question(policy_));
  cluster_.clock.Advance(absl::Seconds(3));
  EXPECT_THAT(ticket.Wait(absl::InfinitePast()).status(),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       "no answer in time: waiting for its turn (queue) took 3.0 s of 3.0 s"));
}

TEST_F(ExaminerTest, ALookThatItsDeadlineEndsSaysWhatTookTheTime) {
  Examiner hasty(&cluster_.gatherer, &cluster_.judge, &cluster_.pool,
                 {.timeout = absl::ZeroDuration(), .clock = &cluster_.clock});
  BlockedLane blocked(&cluster_);
  Examiner::Ticket ticket = hasty.Examine(Question(policy_));
  cluster_.clock.Advance(absl::Seconds(3));
  blocked.LetGo();
  EXPECT_THAT(Wait(std::move(ticket)).status(),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       testing::HasSubstr("; waiting for its turn (queue) took 3.0 s of 3.0 s")));
}

}  // namespace
}  // namespace countersign::verifier
