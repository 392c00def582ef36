// What is paid for judging a bundle.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "cosign/bundle.h"
#include "cosign/bundle_evidence.h"
#include "cosign/bundle_verification.h"
#include "cosign/checkpoint.h"
#include "cosign/claim.h"
#include "cosign/refusal.h"
#include "cosign/test_judge.h"
#include "cosign/test_pay.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "cosign/trusted_root.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "crypto/test_timestamp.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

class BundleCostTest : public ::testing::Test {
 protected:
  // What comes of it, and the units that it asked for.
  struct Paid {
    BundleVerdict verdict;
    size_t units = 0;
  };
  Paid PayFor(const Bundle& bundle) const {
    const BundleEvidence evidence(ParseBundle(TestBundleJson(bundle).dump()).value());
    TestPay pay;
    BundleVerdict verdict =
        VerifyBundle(evidence, Claim{.image = TestImage()}, *judge_.signer(), pay);
    return {std::move(verdict), pay.units};
  }
  // The units of one that holds.
  size_t UnitsOf(const Bundle& bundle) const {
    const Paid paid = PayFor(bundle);
    EXPECT_THAT(paid.verdict, Holds());
    return paid.units;
  }
  // As many as a bundle may have, of trusted logs and authorities.
  void AskForManyWitnesses() {
    signing_.witnesses.assign(kMaxLogEntries, TestWitness::kRekor1);
    signing_.witnesses.insert(signing_.witnesses.end(), kMaxTimestamps, TestWitness::kTimestamp);
  }
  // A timestamp of the signature by the trusted authority, with so many copies of its certificate.
  std::string WithCertificates(std::string_view signature, size_t count) const {
    crypto::TestTimestamp timestamp = sigstore_.timestamps.Stamp(signature);
    for (size_t i = 0; i < count; ++i) {
      timestamp.certificates += sigstore_.timestamps.certificate.der();
    }
    return timestamp.Write();
  }
  void AskForKey() {
    signing_.certificate.reset();
    judge_.key = signing_.key.Public();
    judge_.witnesses = {};
  }

  TestSigstore sigstore_;
  TestSigning signing_ = sigstore_.Keyless();
  TestJudge judge_{sigstore_};
};

TEST_F(BundleCostTest, OfAKeyAloneIsItsOwnWhateverWitnessesThereAre) {
  AskForKey();
  EXPECT_EQ(UnitsOf(sigstore_.Sign(signing_)), 1u);
  signing_.witnesses.assign(20, TestWitness::kRekor1);
  signing_.witnesses.insert(signing_.witnesses.end(), 20, TestWitness::kTimestamp);
  EXPECT_EQ(UnitsOf(sigstore_.Sign(signing_)), 1u);
  // Whoever else signed it.
  judge_.key = crypto::TestKey::Generate(crypto::TestKeyType::kEcdsaP521).Public();
  const Paid paid = PayFor(sigstore_.Sign(signing_));
  EXPECT_THAT(paid.verdict, IsRefusedAs(Refused::kBadSignature));
  EXPECT_EQ(paid.units, 24u);
}

TEST_F(BundleCostTest, OfAKeyGrowsWithTheWitnessesThatAreAskedFor) {
  AskForKey();
  signing_.witnesses = {TestWitness::kRekor1, TestWitness::kTimestamp};
  const Bundle one = sigstore_.Sign(signing_);
  signing_.witnesses.push_back(TestWitness::kRekor1);
  const Bundle two_entries = sigstore_.Sign(signing_);
  judge_.witnesses = {.log_entries = 1};
  EXPECT_EQ(UnitsOf(one), 1u + 3u);
  EXPECT_EQ(UnitsOf(two_entries), 1u + 2 * 3u);
  judge_.witnesses = {.timestamps = 1};
  EXPECT_EQ(UnitsOf(one), 1u + 2u);
  EXPECT_EQ(UnitsOf(two_entries), 1u + 2u);
}

// A signature, a promise and two of a checkpoint, two certificates above the signer's, and a log of
// certificates.
TEST_F(BundleCostTest, OfACertificateIsWhatItTakes) {
  EXPECT_EQ(UnitsOf(sigstore_.Sign(signing_)), 1u + 3u + 2u + 2u);
  judge_.witnesses.log_entries = 0;
  signing_.witnesses = {TestWitness::kTimestamp};
  EXPECT_EQ(UnitsOf(sigstore_.Sign(signing_)), 1u + 2u + 2u + 2u);
}

// Whoever may push can add as many as a bundle may have.
TEST_F(BundleCostTest, OfWitnessesWhomNobodyTrustsIsNothing) {
  // So that all are looked at.
  judge_.witnesses.log_entries = 0;
  const size_t cost = UnitsOf(sigstore_.Sign(signing_));
  TestSigstore strangers;
  signing_.witnesses.assign(10, TestWitness::kRekor1);
  signing_.witnesses.insert(signing_.witnesses.end(), 10, TestWitness::kTimestamp);
  const Bundle by_strangers = strangers.Sign(signing_);
  const Paid paid = PayFor(by_strangers);
  EXPECT_THAT(paid.verdict, IsRefusedAs(Refused::kNoTime));
  EXPECT_EQ(paid.units, 1u);
  Bundle bundle = sigstore_.Sign(signing_);
  bundle.entries = by_strangers.entries;
  bundle.timestamps = by_strangers.timestamps;
  signing_.witnesses = {TestWitness::kRekor1};
  bundle.entries.push_back(
      LogTestSignature(sigstore_.rekor1, LogGeneration::kRekor1, signing_, bundle.signature));
  EXPECT_EQ(UnitsOf(bundle), cost);
}

TEST_F(BundleCostTest, OfATimestampOfSomethingElseIsNothing) {
  Bundle bundle = sigstore_.Sign(signing_);
  const size_t cost = UnitsOf(bundle);
  bundle.timestamps.assign(5, sigstore_.Stamp("another signature"));
  EXPECT_EQ(UnitsOf(bundle), cost);
}

TEST_F(BundleCostTest, OfACertificateThatNobodyTrustedIssuedIsThatOfItsWitnesses) {
  judge_.trust.certificate_authorities.clear();
  const Paid paid = PayFor(sigstore_.Sign(signing_));
  EXPECT_THAT(paid.verdict, IsRefusedAs(Refused::kBadCertificate));
  EXPECT_EQ(paid.units, 1u + 3u);
}

TEST_F(BundleCostTest, OfTwoWitnessesOfTheSameTimeIsOneSearchForAPath) {
  const size_t with_one = UnitsOf(sigstore_.Sign(signing_));
  signing_.witnesses.push_back(TestWitness::kTimestamp);
  EXPECT_EQ(UnitsOf(sigstore_.Sign(signing_)), with_one + 2u);
}

TEST_F(BundleCostTest, OfWhatIsRefusedWithoutAnOperationIsNothing) {
  const Bundle good = sigstore_.Sign(signing_);
  ASSERT_GT(UnitsOf(good), 0u);
  Bundle bundle = good;
  bundle.signature = std::string(200, 's');
  const Paid of_no_such_key = PayFor(bundle);
  EXPECT_THAT(of_no_such_key.verdict, IsRefusedAs(Refused::kBadSignature));
  EXPECT_EQ(of_no_such_key.units, 0u);
  judge_.identities[0].subject = "https://example.org/else";
  const Paid of_somebody_else = PayFor(good);
  EXPECT_THAT(of_somebody_else.verdict, IsRefusedAs(Refused::kWrongIdentity));
  EXPECT_EQ(of_somebody_else.units, 0u);
  judge_.key = signing_.key.Public();
  const Paid by_certificate = PayFor(good);
  EXPECT_THAT(by_certificate.verdict, IsRefusedAs(Refused::kWrongMaterial));
  EXPECT_EQ(by_certificate.units, 0u);
}

TEST_F(BundleCostTest, ASignatureByAnotherKeyPaysForNoWitness) {
  AskForManyWitnesses();
  signing_.key = crypto::TestKey::Generate();
  const Paid paid = PayFor(sigstore_.Sign(signing_));
  EXPECT_THAT(paid.verdict, IsRefusedAs(Refused::kBadSignature));
  EXPECT_EQ(paid.units, 1u);
}

// Its own signature, and two certificates above it.
TEST_F(BundleCostTest, ACertificateThatNobodyTrustedIssuedPaysForNotManyWitnesses) {
  const TestSigstore strangers;
  signing_ = strangers.Keyless();
  AskForManyWitnesses();
  const Paid paid = PayFor(sigstore_.Sign(signing_));
  EXPECT_THAT(paid.verdict, IsRefusedAs(Refused::kBadCertificate));
  EXPECT_LE(paid.units, 1u + 2u);
}

// Whoever has seen a good bundle can add to it; authorities are many, and every time is another.
TEST_F(BundleCostTest, WitnessesOfOneSignatureAreNotPaidForBeyondALimit) {
  AskForManyWitnesses();
  Bundle bundle = sigstore_.Sign(signing_);
  for (size_t i = 0; i < bundle.timestamps.size(); ++i) {
    bundle.timestamps[i] = sigstore_.Stamp(bundle.signature, kTestSigningTime + absl::Seconds(i));
  }
  EXPECT_THAT(PayFor(bundle).verdict, Holds());
  const TrustedCertificateAuthority authority = judge_.trust.certificate_authorities.front();
  judge_.trust.certificate_authorities.resize(10, authority);
  const Paid paid = PayFor(bundle);
  EXPECT_THAT(paid.verdict, IsRefusedAs(Refused::kLimit));
  EXPECT_EQ(paid.units, 1u + 10 * 2u);
}

// Whoever has seen a good bundle can make many others of it.
TEST_F(BundleCostTest, ACopyWithoutALogEntryThatHoldsPaysForNeitherTimestampsNorItsCertificate) {
  signing_.witnesses = {TestWitness::kRekor1, TestWitness::kTimestamp};
  Bundle copy = sigstore_.Sign(signing_);
  ++copy.entries.front().integrated_time;
  Paid paid = PayFor(copy);
  EXPECT_THAT(paid.verdict, IsRefusedAs(Refused::kBadLogEntry));
  EXPECT_EQ(paid.units, 1u + 3u);
  copy.timestamps.assign(kMaxTimestamps, WithCertificates(copy.signature, 10));
  paid = PayFor(copy);
  EXPECT_THAT(paid.verdict, IsRefusedAs(Refused::kBadLogEntry));
  EXPECT_EQ(paid.units, 1u + 3u);
  copy.entries.clear();
  paid = PayFor(copy);
  EXPECT_THAT(paid.verdict, IsRefusedAs(Refused::kTooFewWitnesses));
  EXPECT_EQ(paid.units, 1u);
}

// What a timestamp authority signs for whoever asks, long after.
TEST_F(BundleCostTest, ACopyWithATimeAtWhichItsCertificateDidNotHoldPaysForNoCertificate) {
  signing_.witnesses = {TestWitness::kRekor1, TestWitness::kTimestamp};
  Bundle copy = sigstore_.Sign(signing_);
  copy.timestamps = {sigstore_.Stamp(copy.signature, kTestSigningTime + absl::Minutes(10))};
  const Paid paid = PayFor(copy);
  EXPECT_THAT(paid.verdict, IsRefusedAs(Refused::kCertificateNotValidThen));
  EXPECT_EQ(paid.units, 1u + 3u + 2u);
}

// A timestamp could not stand in for it, but says when the certificate signed.
TEST_F(BundleCostTest, ALogEntryThatIsNotAskedForSparesNothing) {
  signing_.witnesses = {TestWitness::kRekor1, TestWitness::kTimestamp};
  Bundle bundle = sigstore_.Sign(signing_);
  ++bundle.entries.front().integrated_time;
  judge_.witnesses.log_entries = 0;
  EXPECT_THAT(PayFor(bundle).verdict, Holds());
  bundle.timestamps = {sigstore_.Stamp(bundle.signature, kTestSigningTime + absl::Minutes(10))};
  EXPECT_THAT(PayFor(bundle).verdict, IsRefusedAs(Refused::kCertificateNotValidThen));
}

// An entry, and a timestamp that is none of the authority's by its signature.
TEST_F(BundleCostTest, TooFewTimestampsPayForNoCertificate) {
  signing_.witnesses = {TestWitness::kRekor1, TestWitness::kTimestamp};
  judge_.witnesses.timestamps = 1;
  Bundle bundle = sigstore_.Sign(signing_);
  EXPECT_THAT(PayFor(bundle).verdict, Holds());
  crypto::TestTimestamp timestamp = sigstore_.timestamps.Stamp(bundle.signature);
  timestamp.key = crypto::TestKey::Generate();
  bundle.timestamps = {timestamp.Write()};
  const Paid paid = PayFor(bundle);
  EXPECT_THAT(paid.verdict, IsRefusedAs(Refused::kBadTimestamp));
  EXPECT_EQ(paid.units, 1u + 3u + 2u);
}

TEST_F(BundleCostTest, CertificatesOfTimestampsArePaidForWhosesoeverTheyAre) {
  Bundle bundle = sigstore_.Sign(signing_);
  const size_t cost = UnitsOf(bundle);
  bundle.timestamps.assign(2, WithCertificates("another signature", 10));
  EXPECT_EQ(UnitsOf(bundle), cost + 2 * 10u);
}

// Its own signature, the first timestamp's certificates, and two certificates above the signer's.
TEST_F(BundleCostTest, TimestampsAreReadUntilTheyAreKnownToCostTooMuch) {
  AskForManyWitnesses();
  Bundle bundle = sigstore_.Sign(signing_);
  bundle.timestamps.assign(kMaxTimestamps, WithCertificates(bundle.signature, 3));
  const TrustedTimestampAuthority authority = judge_.trust.timestamp_authorities.front();
  judge_.trust.timestamp_authorities.resize(300, authority);
  const Paid paid = PayFor(bundle);
  EXPECT_THAT(paid.verdict, IsRefusedAs(Refused::kLimit));
  EXPECT_EQ(paid.units, 1u + 3u + 2u);
}

TEST_F(BundleCostTest, LongNamesArePaidFor) {
  crypto::TestCertificate request = sigstore_.Request(signing_.key);
  std::erase_if(request.extensions, [](const crypto::TestExtension& extension) {
    return extension.oid == "2.5.29.17";
  });
  request.extensions.push_back(crypto::TestUri("https://example.org/" + std::string(8 << 10, 's')));
  signing_.certificate = sigstore_.Issue(request);
  const Paid paid = PayFor(sigstore_.Sign(signing_));
  EXPECT_THAT(paid.verdict, IsRefusedAs(Refused::kWrongIdentity));
  EXPECT_EQ(paid.units, 4u);
}

TEST_F(BundleCostTest, WhatIsNotPaidForIsNotDone) {
  Bundle bundle = sigstore_.Sign(signing_);
  bundle.timestamps = {WithCertificates(bundle.signature, 2)};
  const BundleEvidence evidence(ParseBundle(TestBundleJson(bundle).dump()).value());
  const Claim claim = {.image = TestImage()};
  const size_t cost = UnitsOf(bundle);
  for (size_t budget = 0; budget <= cost; ++budget) {
    size_t left = budget;
    const auto pay = [&left](size_t units) {
      if (units > left) return false;
      left -= units;
      return true;
    };
    const BundleVerdict verdict = VerifyBundle(evidence, claim, *judge_.signer(), pay);
    if (budget == cost) {
      EXPECT_THAT(verdict, Holds());
    } else {
      EXPECT_THAT(verdict, IsRefusedAs(Refused::kLimit)) << budget;
    }
  }
}

}  // namespace
}  // namespace countersign::cosign
