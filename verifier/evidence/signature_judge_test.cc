#include "verifier/evidence/signature_judge.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "cosign/bundle.h"
#include "cosign/identity.h"
#include "cosign/item.h"
#include "cosign/signer.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "cosign/trusted_root.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/policies.h"
#include "policy/policy.h"
#include "policy/requirement.h"
#include "policy/test_policy.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::_;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SignatureJudgeTest : public testing::Test {
 protected:
  policy::Requirement Ask(const std::vector<const cosign::TestSigner*>& signers) const {
    policy::TestPolicy policy;
    std::vector<std::string> names;
    for (const cosign::TestSigner* signer : signers) {
      names.push_back("k" + std::to_string(names.size()));
      policy.Key(names.back(), signer->key().PublicPem());
    }
    return policy::RequirementFor(policy.Rule("*", names).Build(), {},
                                  *oci::ImageReference::Parse("r.io/a"));
  }

  // So many that do not hold, none of them seen before, and then those of `good`.
  policy::Evidence Bogus(size_t count, const std::vector<cosign::ItemPtr>& good = {}) const {
    policy::Items items;
    for (size_t i = 0; i < count; ++i) items.push_back(stranger_.Sign(image_));
    items.insert(items.end(), good.begin(), good.end());
    return Found(std::move(items));
  }

  policy::Evidence Found(policy::Items items) const {
    return {.digest = image_,
            .by_place = {{.place = policy::Place::kSignatureTag, .items = std::move(items)}}};
  }

  absl::StatusOr<policy::Examination> Examine(const policy::Requirement& requirement,
                                              const policy::Evidence& evidence,
                                              const SignatureJudge::Wanted& is_wanted = nullptr,
                                              absl::Time deadline = absl::InfiniteFuture()) {
    return judge_.Examine(requirement, evidence, allowance_, is_wanted, deadline);
  }

  const oci::Digest image_ = oci::Digest::Of("image");
  const cosign::TestSigner signer_{crypto::TestKey::Generate()};
  const cosign::TestSigner stranger_{crypto::TestKey::Generate()};
  Allowance allowance_{{}, nullptr, {.units = 100}};
  SignatureJudge judge_{{.units_per_image = 30}};
};

TEST_F(SignatureJudgeTest, TheDefaultsAreEnoughForAThousandSignaturesOfWhichTheLastHolds) {
  SignatureJudge judge({});
  Allowance allowance({}, nullptr, {});
  const auto examination = judge.Examine(Ask({&signer_}), Bogus(999, {signer_.Sign(image_)}),
                                         allowance, nullptr, absl::InfiniteFuture());
  ASSERT_THAT(examination, IsOk());
  EXPECT_THAT(examination->verification.verified, SizeIs(1));
  const size_t payload_bytes = 1000 * cosign::TestSigner::Payload(image_).size();
  EXPECT_EQ(judge.counts().units, 1000 + payload_bytes / (16 << 10));
}

TEST_F(SignatureJudgeTest, TheEndOfAnImagesBudgetIsAResultThatAllMayShare) {
  const auto examination = Examine(Ask({&signer_}), Bogus(30, {signer_.Sign(image_)}));
  ASSERT_THAT(examination, IsOk());
  EXPECT_THAT(examination->verification.verified, IsEmpty());
  EXPECT_THAT(examination->verification.stopped,
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("more than the 30 units")));
  EXPECT_EQ(judge_.counts().units, 30u);
  EXPECT_THAT(Examine(Ask({&signer_}), Bogus(29, {signer_.Sign(image_)}))->verification.verified,
              SizeIs(1));
}

TEST_F(SignatureJudgeTest, AtOnceThereIsOnlyWhatIsRemembered) {
  const policy::Requirement requirement = Ask({&signer_, &stranger_});
  const policy::Evidence evidence = Bogus(3, {signer_.Sign(image_)});
  size_t room = 100;
  EXPECT_FALSE(judge_.ExamineAtOnce(requirement, evidence, room).has_value());
  EXPECT_EQ(judge_.counts().units, 0u);
  const auto examination = Examine(requirement, evidence);
  ASSERT_THAT(examination, IsOk());
  const uint64_t units = judge_.counts().units;
  room = 100;
  const auto at_once = judge_.ExamineAtOnce(requirement, evidence, room);
  ASSERT_TRUE(at_once.has_value());
  EXPECT_EQ(at_once->verification.verified.size(), examination->verification.verified.size());
  EXPECT_EQ(judge_.counts().units, units);
  // There is room for as many as it took, and for none more.
  size_t just_enough = 100 - room;
  EXPECT_TRUE(judge_.ExamineAtOnce(requirement, evidence, just_enough).has_value());
  EXPECT_EQ(just_enough, 0u);
  size_t too_little = 100 - room - 1;
  EXPECT_FALSE(judge_.ExamineAtOnce(requirement, evidence, too_little).has_value());
}

TEST_F(SignatureJudgeTest, AtOnceNotSoManyAreLookedThroughThatTheyWouldCostAUnit) {
  SignatureJudge judge({});
  const policy::Requirement requirement = Ask({&signer_});
  for (const size_t count : {63, 64}) {
    const policy::Evidence evidence = Bogus(count);
    Allowance allowance({}, nullptr, {});
    EXPECT_THAT(judge.Examine(requirement, evidence, allowance, nullptr, absl::InfiniteFuture()),
                IsOk());
    size_t room = 1000;
    EXPECT_EQ(judge.ExamineAtOnce(requirement, evidence, room).has_value(), count == 63);
  }
}

TEST_F(SignatureJudgeTest, EndsOfImagesBudgetsAndWhatItTakesAreCounted) {
  base::Metrics metrics;
  prometheus::Counter& ends = metrics.Counter("ends", "Ends.");
  prometheus::Histogram& duration = metrics.Histogram("took", "Took.", {1});
  SignatureJudge judge({.units_per_image = 30, .duration = &duration, .image_ends = &ends});
  for (const size_t bogus : {29, 30}) {
    EXPECT_THAT(judge.Examine(Ask({&signer_}), Bogus(bogus, {signer_.Sign(image_)}), allowance_,
                              nullptr, absl::InfiniteFuture()),
                IsOk());
    EXPECT_EQ(ends.Value(), bogus == 30 ? 1 : 0);
  }
  EXPECT_THAT(metrics.WriteText(), HasSubstr("took_count 2\n"));
}

// What was refused is remembered: who asks again, as Kubernetes does, gets further each time.
TEST_F(SignatureJudgeTest, TheNextLookGoesOnWhereAnImagesBudgetEnded) {
  const policy::Requirement requirement = Ask({&signer_});
  const policy::Evidence evidence = Bogus(80, {signer_.Sign(image_)});
  for (int look = 1; look <= 2; ++look) {
    EXPECT_THAT(Examine(requirement, evidence)->verification.verified, IsEmpty()) << look;
  }
  EXPECT_THAT(Examine(requirement, evidence)->verification.verified, SizeIs(1));
}

TEST_F(SignatureJudgeTest, TheEndOfARequestsBudgetIsItsOwn) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Examine(Ask({&signer_}), Bogus(30)), IsOk()) << i;
  }
  EXPECT_THAT(Examine(Ask({&signer_}), Bogus(30)),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("one request")));
  EXPECT_EQ(judge_.counts().units, 100u);
  Allowance another({}, nullptr, {.units = 100});
  EXPECT_THAT(judge_.Examine(Ask({&signer_}), Bogus(30), another, nullptr, absl::InfiniteFuture()),
              IsOk());
}

TEST_F(SignatureJudgeTest, WhatHoldsAlreadyHoldsWhenTheBudgetEnds) {
  const cosign::TestSigner dear(crypto::TestKey::Generate(crypto::TestKeyType::kEcdsaP521));
  const auto examination = Examine(Ask({&dear, &signer_}), Bogus(3, {signer_.Sign(image_)}));
  ASSERT_THAT(examination, IsOk());
  EXPECT_THAT(examination->verification.verified, SizeIs(1));
  EXPECT_FALSE(examination->verification.stopped.ok());
}

TEST_F(SignatureJudgeTest, EndsAtTheDeadlineAndWhenNobodyWaits) {
  EXPECT_THAT(Examine(Ask({&signer_}), Bogus(20), nullptr, absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded, _));
  int asked = 0;
  EXPECT_THAT(Examine(Ask({&signer_}), Bogus(20), [&asked] { return ++asked <= 5; }),
              StatusIs(absl::StatusCode::kCancelled, _));
  EXPECT_LT(judge_.counts().units, 5u);
}

TEST_F(SignatureJudgeTest, NothingFoundNeedsNoTurn) {
  const auto examination = Examine(Ask({&signer_}), Bogus(0), [] { return false; });
  ASSERT_THAT(examination, IsOk());
  EXPECT_EQ(examination->items, 0u);
}

TEST_F(SignatureJudgeTest, WhatWasCheckedOnceCostsNothingMore) {
  const policy::Requirement requirement = Ask({&signer_});
  const policy::Evidence evidence = Bogus(20, {signer_.Sign(image_)});
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Examine(requirement, evidence)->verification.verified, SizeIs(1));
    EXPECT_EQ(judge_.counts().units, 21u);
  }
  EXPECT_EQ(judge_.counts().proofs.entries, 21u);
  EXPECT_EQ(judge_.counts().proofs.hits, 42u);
  // It needs no turn and nobody who waits, and nothing of what the request may take.
  Allowance nothing({}, nullptr, {.units = 0});
  EXPECT_THAT(judge_
                  .Examine(
                      requirement, evidence, nothing, [] { return false; }, absl::InfinitePast())
                  ->verification.verified,
              SizeIs(1));
  // The same key in another policy is the same; another key is not.
  EXPECT_THAT(Examine(Ask({&signer_, &stranger_}), Found({evidence.by_place[0].items.back()}))
                  ->verification.verified,
              SizeIs(1));
  EXPECT_EQ(judge_.counts().units, 22u);
}

TEST_F(SignatureJudgeTest, WhatIsRememberedIsPaidForWhereItIsMuch) {
  SignatureJudge judge({.units_per_image = 200});
  const policy::Requirement requirement = Ask({&signer_});
  const policy::Evidence evidence = Bogus(150);
  const auto units_of = [&](Allowance& allowance, const SignatureJudge::Wanted& is_wanted) {
    const uint64_t before = judge.counts().units;
    const auto examination =
        judge.Examine(requirement, evidence, allowance, is_wanted, absl::InfiniteFuture());
    return examination.ok() ? absl::StatusOr<uint64_t>(judge.counts().units - before)
                            : examination.status();
  };
  const size_t payload_bytes = 150 * cosign::TestSigner::Payload(image_).size();
  Allowance enough({}, nullptr, {.units = 1000});
  EXPECT_THAT(units_of(enough, nullptr), base::IsOkAndHolds(150 + payload_bytes / (16 << 10)));
  // Two times 64 of the 150.
  EXPECT_THAT(units_of(enough, nullptr), base::IsOkAndHolds(2u));
  EXPECT_EQ(judge.counts().proofs.hits, 150u);
  // Of the request's units, and while somebody waits.
  Allowance little({}, nullptr, {.units = 1});
  EXPECT_THAT(units_of(little, nullptr), StatusIs(absl::StatusCode::kAborted, _));
  EXPECT_THAT(units_of(enough, [] { return false; }), StatusIs(absl::StatusCode::kCancelled, _));
}

TEST_F(SignatureJudgeTest, ManyKeysTimesManyRememberedOutcomesEndAnImagesBudget) {
  SignatureJudge judge({.units_per_image = 100});
  std::vector<cosign::TestSigner> others;
  for (int i = 0; i < 20; ++i) others.emplace_back(crypto::TestKey::Generate());
  const policy::Evidence evidence = Bogus(90);
  Allowance allowance({}, nullptr, {});
  std::vector<const cosign::TestSigner*> all;
  for (const cosign::TestSigner& other : others) {
    all.push_back(&other);
    // One key after the other is tried within its own budget, and remembered.
    ASSERT_THAT(judge.Examine(Ask({&other}), evidence, allowance, nullptr, absl::InfiniteFuture()),
                IsOk());
  }
  SignatureJudge::Counts before = judge.counts();
  ASSERT_THAT(judge.Examine(Ask(all), evidence, allowance, nullptr, absl::InfiniteFuture()),
              IsOk());
  EXPECT_EQ(judge.counts().proofs.hits - before.proofs.hits, 20u * 90);
  EXPECT_EQ(judge.counts().units - before.units, 20u * 90 / 64);
  Allowance spent({}, nullptr, {.units = 20});
  EXPECT_THAT(judge.Examine(Ask(all), evidence, spent, nullptr, absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("one request")));
}

TEST_F(SignatureJudgeTest, SignaturesThatNoKeyNeedsToLookAtArePaidForWhereTheyAreMany) {
  // Longer than any signature of the key.
  const cosign::ItemPtr signed_once = stranger_.Sign(image_);
  policy::Items items;
  for (int i = 0; i < 200; ++i) {
    items.push_back(cosign::SignatureLayerItem(image_, signed_once->payload,
                                               absl::StrCat(std::string(1000, 's'), i)));
  }
  EXPECT_THAT(Examine(Ask({&signer_}), Found(items)), IsOk());
  EXPECT_EQ(judge_.counts().units, 3u);
  policy::Items of_other;
  const oci::Digest other = oci::Digest::Of("another image");
  for (int i = 0; i < 200; ++i) of_other.push_back(signed_once);
  Allowance allowance({}, nullptr, {});
  EXPECT_THAT(
      judge_.Examine(
          Ask({&signer_}),
          {.digest = other,
           .by_place = {{.place = policy::Place::kSignatureTag, .items = std::move(of_other)}}},
          allowance, nullptr, absl::InfiniteFuture()),
      IsOk());
  EXPECT_EQ(judge_.counts().units, 3u + 3);
}

TEST_F(SignatureJudgeTest, ManyShortPayloadsCostWhatALongOneDoes) {
  policy::Items items;
  for (int i = 0; i < 40; ++i) {
    std::string payload = cosign::TestSigner::Payload(oci::Digest::Of("another image"));
    payload.append((8 << 10) - payload.size(), ' ');
    items.push_back(stranger_.SignPayload(payload));
  }
  EXPECT_THAT(Examine(Ask({&signer_}), Found(items)), IsOk());
  EXPECT_EQ(judge_.counts().units, 20u);
}

TEST_F(SignatureJudgeTest, ALongPayloadIsPaidForOnceAndOneOfAnotherImageBuysNoKeyWork) {
  std::string long_payload = cosign::TestSigner::Payload(image_);
  long_payload.append(64 << 10, ' ');
  const cosign::ItemPtr signed_once = stranger_.SignPayload(long_payload);
  policy::Items shared;
  for (int i = 0; i < 10; ++i) {
    shared.push_back(cosign::SignatureLayerItem(oci::Digest::Of(long_payload), signed_once->payload,
                                                std::string(10, static_cast<char>('a' + i))));
  }
  EXPECT_THAT(Examine(Ask({&signer_}), Found(shared)), IsOk());
  EXPECT_EQ(judge_.counts().units, 4u + 10);
  const oci::Digest other = oci::Digest::Of("another image");
  policy::Items of_other;
  for (int i = 0; i < 10; ++i) of_other.push_back(signer_.Sign(other));
  EXPECT_THAT(Examine(Ask({&signer_}), Found(of_other)), IsOk());
  EXPECT_EQ(judge_.counts().units, 4u + 10);
}

// Whoever has seen a good bundle can make as many others of it as a list may name, ahead of it.
TEST_F(SignatureJudgeTest, CopiesOfABundleWithForgedLogEntriesLeaveWorkForIt) {
  cosign::TestSigstore sigstore;
  cosign::TestSigning signing = sigstore.Keyless();
  signing.witnesses = {cosign::TestWitness::kRekor1, cosign::TestWitness::kTimestamp};
  const cosign::Bundle good = sigstore.Sign(signing);
  policy::Items items;
  for (int i = 0; i < 100; ++i) {
    cosign::Bundle copy = good;
    copy.entries.front().integrated_time += 1 + i;
    items.push_back(cosign::BundleItem(cosign::TestBundleJson(copy).dump()));
  }
  items.push_back(cosign::BundleItem(cosign::TestBundleJson(good).dump()));
  const policy::Authority authority = {
      .name = "k",
      .asks = cosign::KeylessSigner(
          *cosign::Identities::Compile({{.issuer = std::string(cosign::kTestIssuer),
                                         .subject = std::string(cosign::kTestSubject)}}),
          {.log_entries = 1, .certificate_timestamps = 1},
          std::make_shared<const cosign::TrustedRoot>(sigstore.trusted()))};
  const policy::Requirement requirement = policy::RequirementFor(
      policy::PoliciesForEveryImage({std::make_shared<const policy::Authority>(authority)}), {},
      *oci::ImageReference::Parse("r.io/a"));
  const policy::Evidence evidence = {
      .digest = cosign::TestImage(),
      .by_place = {{.place = policy::Place::kSignatureTag, .items = std::move(items)}}};
  // A signature and three operations with the log's key for each copy, and some for reading it; their
  // timestamps and certificates would take as much again, and more.
  SignatureJudge judge({.units_per_image = 800});
  Allowance allowance({}, nullptr, {});
  const auto examination =
      judge.Examine(requirement, evidence, allowance, nullptr, absl::InfiniteFuture());
  ASSERT_THAT(examination, IsOk());
  EXPECT_THAT(examination->verification.verified, SizeIs(1));
  EXPECT_GE(judge.counts().units, 100u * 4);
}

TEST_F(SignatureJudgeTest, SomebodyElseHasHisTurnWhileLongWorkGoesOn) {
  SignatureJudge judge({});
  const cosign::TestSigner dear(crypto::TestKey::Generate(crypto::TestKeyType::kEcdsaP521));
  const policy::Requirement long_work = Ask({&dear});
  const policy::Evidence many = Bogus(10);
  Allowance greedy({.group = "greedy"}, nullptr, {});
  Allowance innocent({.group = "innocent"}, nullptr, {});
  absl::Mutex mutex;
  std::string order;  // of being asked whether they are wanted
  const auto note = [&](char who) {
    absl::MutexLock lock(&mutex);
    order += who;
    return order.size();
  };
  std::thread thread([&] {
    const auto is_wanted = [&] {
      // Asked the second time it is inside, and has not left for its next slice.
      if (note('g') == 2) {
        EXPECT_TRUE(base::Eventually([&] { return judge.counts().waiting > 0; }));
      }
      return true;
    };
    EXPECT_THAT(judge.Examine(long_work, many, greedy, is_wanted, absl::InfiniteFuture()), IsOk());
  });
  const auto has_begun = [&] { return order.size() >= 2; };
  {
    absl::MutexLock lock(&mutex);
    ASSERT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&has_begun), base::kPatience));
  }
  EXPECT_THAT(judge.Examine(
                  Ask({&signer_}), Bogus(0, {signer_.Sign(image_)}), innocent,
                  [&] {
                    note('i');
                    return true;
                  },
                  absl::InfiniteFuture()),
              IsOk());
  thread.join();
  // After one slice, the innocent, before the next.
  EXPECT_THAT(order, testing::StartsWith("gggii"));
}

}  // namespace
}  // namespace countersign::verifier
