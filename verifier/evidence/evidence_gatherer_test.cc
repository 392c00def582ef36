#include "verifier/evidence/evidence_gatherer.h"

#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/evidence.h"
#include "policy/look_plan.h"
#include "policy/verification.h"
#include "verifier/evidence/evidence_gatherer_fixture.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using base::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const registry::Credential kGood = {.username = "good", .password = "p"};

TEST_F(EvidenceGathererTest, FindsTheSignaturesOfATag) {
  const auto gathered = Fetch(kImage);
  ASSERT_TRUE(gathered.ok()) << gathered.status();
  EXPECT_EQ((*gathered)->evidence.digest, digest_);
  EXPECT_THAT((*gathered)->evidence.AllItems(), SizeIs(1));
  EXPECT_FALSE((*gathered)->may_only_allow);
}

TEST_F(EvidenceGathererTest, DoesNotFetchTheManifestOfAnImageNamedByDigest) {
  ASSERT_TRUE(Fetch(ByDigest()).ok());
  EXPECT_THAT(cluster_.registry.Calls(), ElementsAre(HasSubstr(".sig")));
}

TEST_F(EvidenceGathererTest, LooksForAttestationsUnderTheirTag) {
  const policy::LookPlan plan = {.stages = {{policy::Place::kAttestationTag}}};
  const auto gathered = cluster_.gatherer.Gather(
      {.image = *oci::ImageReference::Parse(ByDigest()),
       .scope = ShareScope({}),
       .plan = plan,
       .is_enough = [](const policy::Evidence&) { return false; }},
      EvidenceGatherer::Freshness::kRemembered,
      {.pool = &cluster_.pool, .allowance = cluster_.OpenAllowance(), .deadline = base::Soon()});
  EXPECT_THAT(gathered, base::IsOk());
  EXPECT_THAT(cluster_.registry.Calls(), ElementsAre(HasSubstr(".att")));
}

TEST_F(EvidenceGathererTest, WhatIsHeldWithoutAttestationsIsNotForWhoAsksForThem) {
  const auto look = [this](bool wants_attestations) {
    return cluster_.gatherer.Gather({.image = *oci::ImageReference::Parse(ByDigest()),
                                     .scope = ShareScope({}),
                                     .plan = kPlan,
                                     .is_enough = [](const policy::Evidence&) { return false; }},
                                    EvidenceGatherer::Freshness::kRemembered,
                                    {.pool = &cluster_.pool,
                                     .allowance = cluster_.OpenAllowance(),
                                     .deadline = base::Soon(),
                                     .wants_attestations = wants_attestations});
  };
  const auto held = look(false);
  ASSERT_THAT(held, base::IsOk());
  const size_t calls = cluster_.registry.Calls().size();
  EXPECT_THAT(look(false), base::IsOk());
  EXPECT_THAT(cluster_.registry.Calls(), SizeIs(calls));
  EXPECT_THAT(look(true), base::IsOk());
  EXPECT_THAT(cluster_.registry.Calls(), SizeIs(2 * calls));
}

TEST_F(EvidenceGathererTest, ARefusedCredentialMeansTryTheNext) {
  cluster_.registry.RequireCredential(kRepository, {kGood});
  const auto gathered =
      Fetch(kImage, {.workload_namespace = "shop", .image_pull_secrets = {"stale", "good"}});
  ASSERT_TRUE(gathered.ok()) << gathered.status();
  EXPECT_THAT((*gathered)->evidence.AllItems(), SizeIs(1));
}

TEST_F(EvidenceGathererTest, SaysWhatWasTriedWhenEveryCredentialIsRefused) {
  cluster_.registry.RequireCredential(kRepository, {{.username = "somebody", .password = "else"}});
  EXPECT_THAT(
      Fetch(kImage, {.workload_namespace = "shop", .image_pull_secrets = {"stale", "absent"}})
          .status(),
      StatusIs(absl::StatusCode::kUnauthenticated,
               AllOf(HasSubstr("imagePullSecret shop/stale (refused), anonymous (refused)"),
                     HasSubstr("shop/absent: not found as a pull secret"))));
}

TEST_F(EvidenceGathererTest, AnAbsentTagIsNotFound) {
  EXPECT_THAT(Fetch("registry.example.org/app:absent").status(),
              StatusIs(absl::StatusCode::kNotFound, testing::_));
}

TEST_F(EvidenceGathererTest, AnUnsignedDigestIsAskedForWithEveryCredential) {
  const std::string unsigned_image = absl::StrCat(
      "registry.example.org/app@", cluster_.PushImage("registry.example.org/app:2").ToString());
  const auto gathered =
      Fetch(unsigned_image, {.workload_namespace = "shop", .image_pull_secrets = {"good"}});
  ASSERT_TRUE(gathered.ok()) << gathered.status();
  EXPECT_THAT((*gathered)->evidence.AllItems(), IsEmpty());
  EXPECT_THAT((*gathered)->evidence.how,
              HasSubstr("imagePullSecret shop/good (no signature), anonymous (no signature)"));
}

TEST_F(EvidenceGathererTest, AFailureThatIsNoRefusalEndsTheSearch) {
  cluster_.registry.FailWith(kRepository, absl::ResourceExhaustedError("429"));
  EXPECT_THAT(Fetch(kImage, {.workload_namespace = "shop", .image_pull_secrets = {"stale", "good"}})
                  .status(),
              StatusIs(absl::StatusCode::kResourceExhausted, testing::_));
  EXPECT_THAT(cluster_.registry.Calls(), SizeIs(1));
}

TEST_F(EvidenceGathererTest, AnAnswerThatCannotBeTrustedOutweighsHavingSeenNoSignature) {
  // The good credential cannot read the signatures; anonymous sees none.
  cluster_.registry.FailWith(kRepository, absl::FailedPreconditionError("bytes of another digest"));
  EXPECT_THAT(Fetch(ByDigest()).status(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                   HasSubstr("bytes of another digest")));
}

// While somebody has it, whoever reads the same takes it from him.
TEST_F(EvidenceGathererTest, ThatALimitWasReachedIsTheSameForAllAndThatAReadingWasCutShortIsNot) {
  constexpr auto kElsewhere = static_cast<policy::Place::Kind>(1000);
  int reads = 0;
  absl::Status rest;
  EvidenceGatherer gatherer(
      &cluster_.registry, &cluster_.credentials, &cluster_.pool, &cluster_.clock,
      {.readers = {{kElsewhere, [&](const ImageSource&) -> absl::StatusOr<ReadItems> {
                      ++reads;
                      return ReadItems{.items = {cluster_.signer.Sign(digest_), rest}};
                    }}}});
  const policy::LookPlan plan = {.stages = {{kElsewhere}}};
  const auto gather = [&] {
    return gatherer.Gather(
        {.image = *oci::ImageReference::Parse(ByDigest()),
         .scope = ShareScope({}),
         .plan = plan,
         .is_enough = [](const policy::Evidence&) { return false; }},
        EvidenceGatherer::Freshness::kRemembered,
        {.pool = &cluster_.pool, .allowance = cluster_.OpenAllowance(), .deadline = base::Soon()});
  };
  for (const auto& [why, expected] : {std::pair(absl::AbortedError("there is more"), 1),
                                      {absl::UnavailableError("is away"), 2}}) {
    reads = 0;
    rest = why;
    const auto first = gather();
    ASSERT_TRUE(first.ok());
    const auto second = gather();
    ASSERT_TRUE(second.ok());
    EXPECT_EQ(reads, expected) << why;
  }
}

TEST_F(EvidenceGathererTest, RemembersWhatHeldOfADigestForAWhile) {
  cluster_.Sign(kImage, digest_, {&cluster_.other_signer, &cluster_.signer});
  EXPECT_FALSE(Recall(ByDigest()).has_value());
  const auto gathered = Fetch(kImage);
  ASSERT_TRUE(gathered.ok());
  EXPECT_THAT((*gathered)->evidence.AllItems(), SizeIs(2));
  Remember(**gathered);
  ASSERT_TRUE(Recall(ByDigest()).has_value());
  EXPECT_TRUE((*Recall(ByDigest()))->may_only_allow);
  EXPECT_THAT((*Recall(ByDigest()))->evidence.AllItems(), SizeIs(1));
  EXPECT_THAT(Verify(**Recall(ByDigest())).verified, SizeIs(1));
  EXPECT_FALSE(Recall(kImage).has_value());
  const EvidenceMemory::Counts counts = cluster_.gatherer.counts();
  EXPECT_EQ(counts.hits, 4u);
  EXPECT_EQ(counts.misses, 2u);
  EXPECT_EQ(counts.entries, 1u);
  EXPECT_GT(counts.bytes, 1000u);
  cluster_.clock.Advance(absl::Minutes(5));
  EXPECT_FALSE(Recall(ByDigest()).has_value());
}

TEST_F(EvidenceGathererTest, WhatIsRememberedOfADigestIsEnoughForItsTag) {
  Remember(**Fetch(kImage));
  const size_t calls = cluster_.registry.Calls().size();
  EXPECT_TRUE((*Fetch(kImage))->may_only_allow);
  EXPECT_THAT(cluster_.registry.Calls(), SizeIs(calls + 1));
  EXPECT_FALSE((*FetchFresh(kImage, {}))->may_only_allow);
}

TEST_F(EvidenceGathererTest, WhatDoesNotHoldIsForgotten) {
  Remember(**Fetch(kImage));
  cluster_.Sign(kImage, digest_, {&cluster_.other_signer});
  Remember(**FetchFresh(kImage, {}));
  EXPECT_FALSE(Recall(ByDigest()).has_value());
  EXPECT_EQ(cluster_.gatherer.counts().bytes, 0u);
}

TEST_F(EvidenceGathererTest, WhatIsRememberedWeighsNoMoreThanItMay) {
  EvidenceGatherer small(&cluster_.registry, &cluster_.credentials, &cluster_.pool, &cluster_.clock,
                         {.memory = {.bytes = 10'000}});
  const auto gathered = Fetch(kImage);
  ASSERT_TRUE(gathered.ok());
  const policy::Verification verification = Verify(**gathered);
  for (int i = 0; i < 100; ++i) {
    // Keys count too.
    const oci::Repository repository = {"registry.example.org",
                                        std::string(200, 'a') + std::to_string(i)};
    small.Remember(repository, *ShareScope({}), **gathered, verification);
    EXPECT_LE(small.counts().bytes, 10'000u);
  }
  EXPECT_GT(small.counts().entries, 1u);
  EXPECT_LT(small.counts().entries, 10u);
}

TEST_F(EvidenceGathererTest, DoesNotShareWhatOneWorkloadsCredentialsOpened) {
  cluster_.registry.RequireCredential(kRepository, {kGood});
  const CredentialScope scope = {.workload_namespace = "shop", .image_pull_secrets = {"good"}};
  Remember(**Fetch(ByDigest(), scope), scope);
  EXPECT_TRUE(Recall(ByDigest(), scope).has_value());
  EXPECT_FALSE(Recall(ByDigest(), {.workload_namespace = "other"}).has_value());
}

TEST_F(EvidenceGathererTest, HoldsWhatItFoundOnlyAsLongAsItIsGathered) {
  auto gathered = Fetch(kImage);
  ASSERT_TRUE(gathered.ok());
  EXPECT_GT(cluster_.bytes.held(), 0u);
  Remember(**gathered);
  gathered = absl::CancelledError("");
  EXPECT_EQ(cluster_.bytes.held(), 0u);
}

TEST_F(EvidenceGathererTest, ARequestHasOnlySoManyCredentialsRefused) {
  cluster_.registry.RequireCredential(kRepository, {{.username = "somebody", .password = "else"}});
  CredentialScope scope = {.workload_namespace = "shop"};
  for (int i = 0; i < 10; ++i) {
    const std::string name = absl::StrCat("s", i);
    cluster_.secrets.PutSecret("shop", name, TestPullSecret("registry.example.org", name, "p"));
    scope.image_pull_secrets.push_back(name);
  }
  const AllowancePtr allowance = cluster_.OpenAllowance({.refused_attempts = 4});
  for (int i = 0; i < 3; ++i) {
    const absl::Status status =
        Fetch(kImage, scope, EvidenceGatherer::Freshness::kFresh, allowance).status();
    // Not an answer that others who ask about the image would be given, too.
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted,
                                 HasSubstr("the rest was not tried: too many credentials of this "
                                           "request were refused")));
  }
  int named = 0;
  for (const std::string& call : cluster_.registry.Calls()) named += call.find(" as ") != call.npos;
  EXPECT_EQ(named, 4);
}

TEST_F(EvidenceGathererTest, NamesTheOperatorsCredentialsToNobody) {
  cluster_.registry.RequireCredential(kRepository, {kGood});
  cluster_.secrets.PutSecret("policies", "hidden",
                             TestPullSecret("registry.example.org", "stale", "p"));
  const absl::Status status =
      Fetch(kImage, {.policy_secrets = {{"policies", "hidden"}, {"policies", "absent"}}}).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnauthenticated,
                               AllOf(HasSubstr("a credential of the operator's (refused)"),
                                     testing::Not(HasSubstr("policies")),
                                     testing::Not(HasSubstr("hidden")))));
}

TEST_F(EvidenceGathererTest, ARotatedPullSecretWorksAtOnce) {
  const CredentialScope scope = {.workload_namespace = "shop", .image_pull_secrets = {"good"}};
  for (const std::string& image : {std::string(kImage), ByDigest()}) {
    cluster_.registry.RequireCredential(kRepository, {kGood});
    cluster_.secrets.PutSecret("shop", "good", TestPullSecret("registry.example.org", "good", "p"));
    cluster_.clock.Advance(absl::Seconds(1));
    ASSERT_TRUE(FetchFresh(image, scope).ok());
    const registry::Credential rotated = {.username = "good", .password = image};
    cluster_.registry.RequireCredential(kRepository, {rotated});
    cluster_.secrets.PutSecret("shop", "good",
                               TestPullSecret("registry.example.org", "good", image));
    cluster_.clock.Advance(absl::Seconds(1));
    const auto gathered = FetchFresh(image, scope);
    ASSERT_TRUE(gathered.ok()) << gathered.status();
    EXPECT_THAT((*gathered)->evidence.AllItems(), SizeIs(1));
    EXPECT_THAT((*gathered)->evidence.how,
                testing::EndsWith("imagePullSecret shop/good (refused), "
                                  "imagePullSecret shop/good (answered)"));
  }
}

TEST_F(EvidenceGathererTest, APullSecretMadeAMomentAgoWorksAtOnce) {
  const CredentialScope scope = {.workload_namespace = "shop", .image_pull_secrets = {"late"}};
  cluster_.registry.RequireCredential(kRepository, {kGood});
  EXPECT_FALSE(FetchFresh(kImage, scope).ok());
  cluster_.clock.Advance(absl::Seconds(1));
  cluster_.secrets.PutSecret("shop", "late", TestPullSecret("registry.example.org", "good", "p"));
  EXPECT_TRUE(FetchFresh(kImage, scope).ok());
}

}  // namespace
}  // namespace countersign::verifier
