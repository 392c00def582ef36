#include "verifier/evidence/signature_judge.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "cosign/test_signer.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
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

  // So many that do not hold, and then those of `good`.
  policy::Evidence Bogus(size_t count, const std::vector<cosign::ItemPtr>& good = {}) const {
    policy::Evidence evidence = {
        .digest = image_,
        .signatures = std::vector<absl::StatusOr<cosign::ItemPtr>>(count, stranger_.Sign(image_))};
    evidence.signatures.insert(evidence.signatures.end(), good.begin(), good.end());
    return evidence;
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
  EXPECT_EQ(judge.counts().units, 1000u);
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
  EXPECT_EQ(examination->signatures, 0u);
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
    ASSERT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&has_begun), absl::Seconds(30)));
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
