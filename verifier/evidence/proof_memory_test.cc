#include "verifier/evidence/proof_memory.h"

#include <cstddef>
#include <string>
#include <variant>

#include "absl/time/time.h"
#include "base/fake_clock.h"
#include "cosign/proof.h"
#include "cosign/test_judge.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"

namespace countersign::verifier {
namespace {

class ProofMemoryTest : public testing::Test {
 protected:
  policy::OutcomePtr Outcome(const cosign::Item& item, const cosign::Signer& signer) const {
    return policy::ProveDirectly(item, claim_, signer).value();
  }

  base::FakeClock clock_;
  const cosign::TestSigner alice_{crypto::TestKey::Generate()};
  const cosign::SignerPtr signer_ = cosign::KeySigner(alice_.key().Public());
  const cosign::SignerPtr other_ = cosign::KeySigner(crypto::TestKey::Generate().Public());
  const oci::Digest image_ = oci::Digest::Of("the image");
  const cosign::Claim claim_ = {image_};
};

TEST_F(ProofMemoryTest, AnOutcomeIsThatOfItsItemClaimAndSigner) {
  ProofMemory memory(&clock_, 1 << 20);
  const cosign::ItemPtr item = alice_.Sign(image_);
  EXPECT_EQ(memory.Find(*item, claim_, *signer_), nullptr);
  const policy::OutcomePtr held = Outcome(*item, *signer_);
  memory.Keep(*item, claim_, *signer_, held);
  EXPECT_EQ(memory.Find(*item, claim_, *signer_), held);
  EXPECT_EQ(memory.Find(*item, claim_, *other_), nullptr);
  EXPECT_EQ(memory.Find(*item, {oci::Digest::Of("another image")}, *signer_), nullptr);
  EXPECT_EQ(memory.Find(*alice_.SignPayload("{}"), claim_, *signer_), nullptr);
  // By what they are, not by where they are.
  const cosign::SignerPtr again = cosign::KeySigner(alice_.key().Public());
  const cosign::Item copy = *item;
  EXPECT_EQ(memory.Find(copy, claim_, *again), held);
  EXPECT_EQ(memory.counts().hits, 2u);
  EXPECT_EQ(memory.counts().misses, 4u);
}

// A signature is no attestation, and one of another type is another claim.
TEST_F(ProofMemoryTest, AnOutcomeForOneTypeOfPredicateIsOfNoOther) {
  ProofMemory memory(&clock_, 1 << 20);
  const cosign::ItemPtr item = alice_.Sign(image_);
  const cosign::Claim attested = {image_, "https://example.org/predicate"};
  const cosign::Claim of_other_type = {image_, "https://example.org/predicate/v2"};
  const cosign::Claim of_empty_type = {image_, ""};
  const policy::OutcomePtr refused = policy::ProveDirectly(*item, attested, *signer_).value();
  memory.Keep(*item, attested, *signer_, refused);
  EXPECT_EQ(memory.Find(*item, attested, *signer_), refused);
  for (const cosign::Claim& claim : {claim_, of_other_type, of_empty_type}) {
    EXPECT_EQ(memory.Find(*item, claim, *signer_), nullptr);
  }
  const policy::OutcomePtr held = Outcome(*item, *signer_);
  memory.Keep(*item, claim_, *signer_, held);
  EXPECT_EQ(memory.Find(*item, claim_, *signer_), held);
  EXPECT_EQ(memory.Find(*item, attested, *signer_), refused);
}

TEST_F(ProofMemoryTest, DoesNotGrowOld) {
  ProofMemory memory(&clock_, 1 << 20);
  const cosign::ItemPtr item = alice_.Sign(image_);
  memory.Keep(*item, claim_, *other_, Outcome(*item, *other_));
  clock_.Advance(absl::Hours(24 * 365));
  EXPECT_NE(memory.Find(*item, claim_, *other_), nullptr);
}

TEST_F(ProofMemoryTest, AnOutcomeWeighsWhatIsAllocatedForIt) {
  cosign::TestSigstore sigstore;
  const cosign::TestJudge judge(sigstore);
  const cosign::SignerPtr signer = judge.signer();
  const cosign::Claim claim = {judge.image};
  const cosign::ItemPtr item =
      cosign::BundleItem(cosign::TestBundleJson(sigstore.Sign(sigstore.Keyless())).dump()).value();
  const policy::OutcomePtr outcome = policy::ProveDirectly(*item, claim, *signer).value();
  ASSERT_TRUE(std::holds_alternative<cosign::Verified>(*outcome));
  const cosign::Proof& proof = std::get<cosign::Verified>(*outcome).proof();
  ASSERT_TRUE(proof.identity.has_value());
  ProofMemory memory(&clock_, 1 << 20);
  memory.Keep(*item, claim, *signer, outcome);
  constexpr size_t kNode = 96;
  constexpr size_t kInIndex = 57;
  constexpr size_t kKey = 144;  // two digests, and one in words
  constexpr size_t kOutcome = (16 + sizeof(cosign::Outcome) + 8 + 15) / 16 * 16;
  constexpr size_t kImage = 80;
  EXPECT_EQ(memory.counts().bytes,
            kNode + kInIndex + kKey + kOutcome + kImage + cosign::AllocatedBytes(proof));
}

TEST_F(ProofMemoryTest, IsBoundedByWhatItWeighsAndForgetsWhatWasUsedLeastRecently) {
  ProofMemory memory(&clock_, 20'000);
  const cosign::ItemPtr first = alice_.SignPayload("first");
  memory.Keep(*first, claim_, *other_, Outcome(*first, *other_));
  EXPECT_GT(memory.counts().bytes, 0u);
  for (int i = 0; i < 50; ++i) {
    const cosign::ItemPtr item = alice_.SignPayload(std::to_string(i));
    memory.Keep(*item, claim_, *other_, Outcome(*item, *other_));
    if (i < 10) {
      EXPECT_NE(memory.Find(*first, claim_, *other_), nullptr);
    }
  }
  EXPECT_EQ(memory.Find(*first, claim_, *other_), nullptr);
  EXPECT_LE(memory.counts().bytes, 10'000u);
  EXPECT_GT(memory.counts().entries, 5u);
  EXPECT_LT(memory.counts().entries, 50u);
}

TEST_F(ProofMemoryTest, WhatDoesNotHoldPushesNothingOutThatHolds) {
  ProofMemory memory(&clock_, 10'000);
  const cosign::ItemPtr good = alice_.Sign(image_);
  memory.Keep(*good, claim_, *signer_, Outcome(*good, *signer_));
  for (int i = 0; i < 100; ++i) {
    const cosign::ItemPtr bad = alice_.SignPayload(std::to_string(i));
    memory.Keep(*bad, claim_, *signer_, Outcome(*bad, *signer_));
  }
  EXPECT_NE(memory.Find(*good, claim_, *signer_), nullptr);
}

}  // namespace
}  // namespace countersign::verifier
