// When bundles were signed, and who says so: each test moves one time of one that holds.

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "cosign/bundle.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"
#include "cosign/test_judge.h"
#include "cosign/test_sigstore.h"
#include "cosign/trusted_root.h"
#include "crypto/test_certificate.h"
#include "crypto/test_timestamp.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using ::testing::ElementsAre;

constexpr absl::Duration kSecond = absl::Seconds(1);
// Of a certificate, before it and after it.
constexpr absl::Duration kHeld = absl::Minutes(5);

class BundleTimeTest : public ::testing::Test {
 protected:
  BundleVerdict JudgeAt(absl::Time time, std::vector<TestWitness> witnesses) {
    signing_.time = time;
    signing_.witnesses = std::move(witnesses);
    return judge_.Judge(sigstore_.Sign(signing_));
  }
  BundleVerdict JudgeWith(std::vector<TestWitness> witnesses) {
    return JudgeAt(kTestSigningTime, std::move(witnesses));
  }
  BundleVerdict JudgeWithTimestamp(const std::string& timestamp) {
    Bundle bundle = sigstore_.Sign(signing_);
    bundle.timestamps = {timestamp};
    return judge_.Judge(bundle);
  }

  TestSigstore sigstore_;
  TestSigning signing_ = sigstore_.Keyless();
  TestJudge judge_{sigstore_};
  // As judge_ trusts them.
  TrustedLog& rekor1_ = judge_.trust.logs[0];
  TrustedLog& rekor2_ = judge_.trust.logs[1];
  TrustedCertificateAuthority& authority_ = judge_.trust.certificate_authorities[0];
  TrustedTimestampAuthority& timestamps_ = judge_.trust.timestamp_authorities[0];
};

TEST_F(BundleTimeTest, ATimeOutsideTheCertificateIsRefusedWhoeverSaysIt) {
  for (const std::vector<TestWitness>& witnesses :
       {std::vector{TestWitness::kRekor1},
        std::vector{TestWitness::kRekor2, TestWitness::kTimestamp}}) {
    EXPECT_THAT(JudgeAt(kTestSigningTime - kHeld, witnesses), Holds());
    EXPECT_THAT(JudgeAt(kTestSigningTime + kHeld, witnesses), Holds());
    EXPECT_THAT(JudgeAt(kTestSigningTime - kHeld - kSecond, witnesses),
                IsRefusedAs(Refused::kCertificateNotValidThen));
    EXPECT_THAT(JudgeAt(kTestSigningTime + kHeld + kSecond, witnesses),
                IsRefusedAs(Refused::kCertificateNotValidThen));
  }
}

// Years later, when the authority is over.
TEST_F(BundleTimeTest, ACertificateOfAnotherYearIsRefused) {
  crypto::TestCertificate request = sigstore_.Request(signing_.key);
  request.not_before = kTestSigningTime + absl::Hours(24 * 400);
  request.not_after = request.not_before + absl::Minutes(10);
  signing_.certificate = sigstore_.Issue(request);
  EXPECT_THAT(JudgeAt(kTestSigningTime, {TestWitness::kRekor1}),
              IsRefusedAs(Refused::kCertificateNotValidThen));
  EXPECT_THAT(JudgeAt(request.not_before, {TestWitness::kRekor1}),
              IsRefusedAs(Refused::kCertificateNotValidThen));
}

// A good time excuses no other.
TEST_F(BundleTimeTest, EveryTimeMustBeInsideTheCertificate) {
  Bundle bundle = sigstore_.Sign(signing_);
  bundle.timestamps = {sigstore_.Stamp(bundle.signature)};
  EXPECT_THAT(judge_.Judge(bundle), Holds());
  bundle.timestamps = {sigstore_.Stamp(bundle.signature, kTestSigningTime + kHeld + kSecond)};
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kCertificateNotValidThen));
  bundle.timestamps.push_back(sigstore_.Stamp(bundle.signature));
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kCertificateNotValidThen));

  signing_.time = kTestSigningTime + kHeld + kSecond;
  bundle = sigstore_.Sign(signing_);
  bundle.timestamps = {sigstore_.Stamp(bundle.signature)};
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kCertificateNotValidThen));
}

// It is as if it were not there.
TEST_F(BundleTimeTest, ATimeOfAnEntryOfAnotherSignatureIsNone) {
  signing_.time = kTestSigningTime + kHeld + kSecond;
  Bundle bundle = sigstore_.Sign(signing_);
  signing_.time = kTestSigningTime;
  signing_.witnesses = {TestWitness::kRekor2, TestWitness::kTimestamp};
  const Bundle other = sigstore_.Sign(signing_);
  // The same key signs anew: the witnesses are of the second one.
  bundle.signature = other.signature;
  bundle.timestamps = other.timestamps;
  bundle.entries.push_back(other.entries[0]);
  EXPECT_THAT(judge_.Judge(bundle), Holds());
}

// sigstore-ruby's issue 307: the log's proof says nothing of the time beside it.
TEST_F(BundleTimeTest, AnIntegratedTimeWithoutAPromiseIsNone) {
  Bundle bundle = sigstore_.Sign(signing_);
  EXPECT_THAT(judge_.Judge(bundle), Holds());
  bundle.entries[0].promise.clear();
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kNoTime));
  bundle.timestamps = {sigstore_.Stamp(bundle.signature, kTestSigningTime + kSecond)};
  const BundleVerdict verdict = judge_.Judge(bundle);
  ASSERT_THAT(verdict, Holds());
  EXPECT_THAT(std::get<Proof>(verdict).times, ElementsAre(kTestSigningTime + kSecond));
}

TEST_F(BundleTimeTest, AnIntegratedTimeOfRekor2IsNone) {
  signing_.witnesses = {TestWitness::kRekor2};
  Bundle bundle = sigstore_.Sign(signing_);
  bundle.entries[0].integrated_time = absl::ToUnixSeconds(kTestSigningTime);
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kNoTime));
}

TEST_F(BundleTimeTest, AnIntegratedTimeOfZeroIsNone) {
  Bundle bundle = sigstore_.Sign(signing_);
  bundle.entries[0].integrated_time = 0;
  bundle.entries[0].promise = sigstore_.rekor1.Promise(bundle.entries[0]);
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kBadLogEntry));
}

TEST_F(BundleTimeTest, WithoutAnyWitnessThereIsNoTime) {
  judge_.witnesses = {};
  EXPECT_THAT(JudgeWith({}), IsRefusedAs(Refused::kNoTime));
  EXPECT_THAT(JudgeWith({TestWitness::kRekor1}), Holds());
  EXPECT_THAT(JudgeWith({TestWitness::kTimestamp}), Holds());
}

// Of which a certificate needs one, and a key none.
TEST_F(BundleTimeTest, AKeyNeedsNoTime) {
  signing_.certificate.reset();
  judge_.key = signing_.key.Public();
  EXPECT_THAT(JudgeWith({TestWitness::kRekor2}), Holds());
}

TEST_F(BundleTimeTest, ATimeOutsideTheLogsWindowIsRefused) {
  rekor1_.valid_for = {kTestSigningTime, kTestSigningTime};
  EXPECT_THAT(JudgeWith({TestWitness::kRekor1}), Holds());
  rekor1_.valid_for = {kTestSigningTime - kSecond, kTestSigningTime - absl::Milliseconds(1)};
  EXPECT_THAT(JudgeWith({TestWitness::kRekor1}), IsRefusedAs(Refused::kBadLogEntry));
  rekor1_.valid_for = {kTestSigningTime + absl::Milliseconds(1), std::nullopt};
  EXPECT_THAT(JudgeWith({TestWitness::kRekor1}), IsRefusedAs(Refused::kBadLogEntry));
}

// Of a log that says no time, one that somebody says must be in its window.
TEST_F(BundleTimeTest, ATimeOutsideTheWindowOfALogOfRekor2IsRefused) {
  const std::vector<TestWitness> witnesses = {TestWitness::kRekor2, TestWitness::kTimestamp};
  rekor2_.valid_for = {kTestSigningTime, kTestSigningTime};
  EXPECT_THAT(JudgeWith(witnesses), Holds());
  rekor2_.valid_for.end = kTestSigningTime - absl::Milliseconds(1);
  rekor2_.valid_for.start = rekor2_.valid_for.end;
  EXPECT_THAT(JudgeWith(witnesses), IsRefusedAs(Refused::kBadLogEntry));
}

TEST_F(BundleTimeTest, ATimeOutsideTheAuthoritysWindowIsRefused) {
  authority_.valid_for = {kTestSigningTime, kTestSigningTime};
  EXPECT_THAT(JudgeWith({TestWitness::kRekor1}), Holds());
  authority_.valid_for.end = kTestSigningTime - absl::Milliseconds(1);
  authority_.valid_for.start = authority_.valid_for.end;
  EXPECT_THAT(JudgeWith({TestWitness::kRekor1}), IsRefusedAs(Refused::kBadCertificate));
}

// "Hybrid": all of the path holds at the time, the anchor too.
TEST_F(BundleTimeTest, ARootThatWasOverIsRefused) {
  const auto root_until = [&](absl::Time end) {
    authority_.chain.back() =
        crypto::MakeTestCertificate({.subject = "root",
                                     .issuer = "root",
                                     .key = sigstore_.root_key,
                                     .not_before = kTestSigningTime - kHeld,
                                     .not_after = end,
                                     .extensions = {crypto::TestBasicConstraints(true)}},
                                    sigstore_.root_key);
  };
  root_until(kTestSigningTime);
  EXPECT_THAT(JudgeWith({TestWitness::kRekor1}), Holds());
  root_until(kTestSigningTime - kSecond);
  EXPECT_THAT(JudgeWith({TestWitness::kRekor1}), IsRefusedAs(Refused::kCertificateNotValidThen));
}

TEST_F(BundleTimeTest, ATimestampOfAnotherSignatureIsAbsent) {
  judge_.witnesses.timestamps = 1;
  signing_.witnesses = {TestWitness::kRekor1};
  const std::string other = sigstore_.Stamp("another signature");
  EXPECT_THAT(JudgeWithTimestamp(other), IsRefusedAs(Refused::kBadTimestamp));
  // Where it is not asked for, it could as well have been left out.
  judge_.witnesses.timestamps = 0;
  EXPECT_THAT(JudgeWithTimestamp(other), Holds());
  signing_.witnesses = {TestWitness::kRekor2};
  EXPECT_THAT(JudgeWithTimestamp(other), IsRefusedAs(Refused::kNoTime));
}

TEST_F(BundleTimeTest, ATimestampThatIsNoneHidesNoGoodOne) {
  judge_.witnesses.timestamps = 1;
  Bundle bundle = sigstore_.Sign(signing_);
  const std::string good = sigstore_.Stamp(bundle.signature);
  for (const std::string& bad : {std::string("no timestamp"), good + "x", good.substr(1),
                                 sigstore_.Stamp("another signature")}) {
    bundle.timestamps = {bad};
    EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kBadTimestamp));
    bundle.timestamps = {bad, good};
    EXPECT_THAT(judge_.Judge(bundle), Holds());
  }
}

// What a timestamp has with it is trusted for nothing.
TEST_F(BundleTimeTest, ATimestampOfAnAuthorityThatIsNotTrustedIsBad) {
  judge_.witnesses.timestamps = 1;
  Bundle bundle = sigstore_.Sign(signing_);
  for (const bool has_certificates : {false, true}) {
    const auto by = [&](const crypto::TestTimestampAuthority& authority) {
      crypto::TestTimestamp timestamp = authority.Stamp(bundle.signature);
      if (has_certificates) {
        timestamp.certificates = authority.certificate.der() + authority.root.der();
      }
      return timestamp.Write();
    };
    bundle.timestamps = {by(crypto::TestTimestampAuthority())};
    EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kBadTimestamp));
    bundle.timestamps = {by(sigstore_.timestamps)};
    EXPECT_THAT(judge_.Judge(bundle), Holds());
  }
}

TEST_F(BundleTimeTest, ATimestampOutsideItsAuthoritysWindowIsBad) {
  judge_.witnesses.timestamps = 1;
  const std::vector<TestWitness> witnesses = {TestWitness::kRekor1, TestWitness::kTimestamp};
  timestamps_.authority.start = kTestSigningTime;
  timestamps_.authority.end = kTestSigningTime;
  EXPECT_THAT(JudgeWith(witnesses), Holds());
  timestamps_.authority.end = kTestSigningTime - absl::Milliseconds(1);
  timestamps_.authority.start = timestamps_.authority.end;
  EXPECT_THAT(JudgeWith(witnesses), IsRefusedAs(Refused::kBadTimestamp));
}

// The signer's certificate holds for as long as those who certify and stamp.
TEST_F(BundleTimeTest, ATimestampAfterItsAuthoritysCertificatesIsBad) {
  judge_.witnesses.timestamps = 1;
  const absl::Time end = sigstore_.timestamps.certificate.not_after();
  crypto::TestCertificate request = sigstore_.Request(signing_.key);
  request.not_after = end;
  signing_.certificate = sigstore_.Issue(request);
  EXPECT_THAT(JudgeAt(end, {TestWitness::kRekor1, TestWitness::kTimestamp}), Holds());
  EXPECT_THAT(JudgeAt(end + kSecond, {TestWitness::kRekor1, TestWitness::kTimestamp}),
              IsRefusedAs(Refused::kBadTimestamp));
}

}  // namespace
}  // namespace countersign::cosign
