// How many witnesses bundles have: nobody counts twice.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cosign/bundle.h"
#include "cosign/refusal.h"
#include "cosign/test_judge.h"
#include "cosign/test_log.h"
#include "cosign/test_sigstore.h"
#include "cosign/trusted_root.h"
#include "crypto/sha256.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "crypto/test_sct.h"
#include "crypto/test_timestamp.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

class BundleThresholdTest : public ::testing::Test {
 protected:
  TestSigstore sigstore_;
  TestSigning signing_ = sigstore_.Keyless();
  TestJudge judge_{sigstore_};
};

TEST_F(BundleThresholdTest, OneLogUnderTwoIndexesIsOneWitness) {
  signing_.witnesses = {TestWitness::kRekor1, TestWitness::kRekor1};
  const Bundle bundle = sigstore_.Sign(signing_);
  ASSERT_NE(bundle.entries[0].index, bundle.entries[1].index);
  EXPECT_THAT(judge_.Judge(bundle), Holds());
  judge_.witnesses.log_entries = 2;
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kTooFewWitnesses));
}

TEST_F(BundleThresholdTest, LogsOfOneOperatorAreOneWitness) {
  signing_.witnesses = {TestWitness::kRekor1, TestWitness::kRekor2};
  judge_.witnesses.log_entries = 2;
  const Bundle bundle = sigstore_.Sign(signing_);
  EXPECT_THAT(judge_.Judge(bundle), Holds());
  judge_.trust.logs[0].operator_name = "one";
  EXPECT_THAT(judge_.Judge(bundle), Holds());
  judge_.trust.logs[1].operator_name = "two";
  EXPECT_THAT(judge_.Judge(bundle), Holds());
  judge_.trust.logs[1].operator_name = "one";
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kTooFewWitnesses));
}

// The other has taken up another signature.
TEST_F(BundleThresholdTest, AnEntryThatDoesNotHoldIsNoWitness) {
  signing_.witnesses = {TestWitness::kRekor1, TestWitness::kRekor2};
  judge_.witnesses.log_entries = 2;
  Bundle bundle = sigstore_.Sign(signing_);
  bundle.entries[1] = sigstore_.Sign(signing_).entries[1];
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kBadLogEntry));
  judge_.witnesses.log_entries = 1;
  EXPECT_THAT(judge_.Judge(bundle), Holds());
}

TEST_F(BundleThresholdTest, OneTimestampAuthorityTwiceIsOneWitness) {
  Bundle bundle = sigstore_.Sign(signing_);
  bundle.timestamps = {sigstore_.Stamp(bundle.signature),
                       sigstore_.Stamp(bundle.signature, kTestSigningTime + absl::Seconds(1))};
  judge_.witnesses.timestamps = 1;
  EXPECT_THAT(judge_.Judge(bundle), Holds());
  judge_.witnesses.timestamps = 2;
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kTooFewWitnesses));
  // However often it is trusted, under whatever name.
  std::vector<TrustedTimestampAuthority>& trusted = judge_.trust.timestamp_authorities;
  trusted.push_back(trusted[0]);
  trusted.push_back({.authority = trusted[0].authority, .uri = "https://other.example.org"});
  trusted.push_back({.authority = trusted[0].authority, .operator_name = "other"});
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kTooFewWitnesses));
}

TEST_F(BundleThresholdTest, TimestampAuthoritiesOfOneOperatorAreOneWitness) {
  const crypto::TestTimestampAuthority other;
  judge_.trust.timestamp_authorities.push_back({.authority = other.Listed()});
  judge_.witnesses.timestamps = 2;
  Bundle bundle = sigstore_.Sign(signing_);
  bundle.timestamps = {sigstore_.Stamp(bundle.signature), other.Stamp(bundle.signature).Write()};
  EXPECT_THAT(judge_.Judge(bundle), Holds());
  TrustedTimestampAuthority& one = judge_.trust.timestamp_authorities[0];
  TrustedTimestampAuthority& two = judge_.trust.timestamp_authorities[1];
  two.uri = one.uri;
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kTooFewWitnesses));
  two.operator_name = "two";
  EXPECT_THAT(judge_.Judge(bundle), Holds());
  one.operator_name = "two";
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kTooFewWitnesses));
}

TEST_F(BundleThresholdTest, OneLogOfCertificatesTwiceIsOneWitness) {
  const crypto::TestKey other = crypto::TestKey::Generate();
  const crypto::TestCertificate request = sigstore_.Request(signing_.key);
  const auto seen_by = [&](const crypto::TestKey& log, uint64_t milliseconds) {
    return crypto::SignTestSct({.milliseconds = milliseconds}, request, sigstore_.issuer_key, log)
        .Write();
  };
  const auto judge_with = [&](const std::vector<std::string>& scts) {
    crypto::TestCertificate parts = request;
    parts.extensions.push_back(crypto::TestSctList(scts));
    signing_.certificate = crypto::MakeTestCertificate(parts, sigstore_.issuer_key);
    return judge_.Judge(sigstore_.Sign(signing_));
  };
  TrustedLog trusted = judge_.trust.certificate_logs[0];
  const crypto::Sha256Digest id = crypto::Sha256(other.PublicDer());
  trusted.id.assign(id.begin(), id.end());
  trusted.key = other.Public();
  judge_.trust.certificate_logs.push_back(trusted);
  constexpr uint64_t kSeen = 1'800'000'000'000;
  const std::string one = seen_by(sigstore_.certificate_log, kSeen);
  judge_.witnesses.certificate_timestamps = 2;
  EXPECT_THAT(judge_with({one, seen_by(other, kSeen)}), Holds());
  EXPECT_THAT(judge_with({one, one}), IsRefusedAs(Refused::kBadCertificateTimestamp));
  EXPECT_THAT(judge_with({one, seen_by(sigstore_.certificate_log, kSeen + 1)}),
              IsRefusedAs(Refused::kBadCertificateTimestamp));
}

// Who trusts nobody has no witnesses.
TEST_F(BundleThresholdTest, WithoutTrustNobodyIsAWitness) {
  signing_.witnesses = {TestWitness::kRekor1, TestWitness::kTimestamp};
  const Bundle bundle = sigstore_.Sign(signing_);
  judge_.trust = {};
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kUnknownLog));
  judge_.witnesses = {.timestamps = 1};
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kBadTimestamp));
  judge_.witnesses = {};
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kNoTime));
}

TEST_F(BundleThresholdTest, AKeysWitnessesAreCountedAlike) {
  signing_.certificate.reset();
  judge_.key = signing_.key.Public();
  signing_.witnesses = {TestWitness::kRekor1, TestWitness::kRekor1, TestWitness::kTimestamp};
  const Bundle bundle = sigstore_.Sign(signing_);
  judge_.witnesses = {.log_entries = 1, .timestamps = 1};
  EXPECT_THAT(judge_.Judge(bundle), Holds());
  judge_.witnesses = {.log_entries = 2, .timestamps = 1};
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kTooFewWitnesses));
  judge_.witnesses = {.log_entries = 1, .timestamps = 2};
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kTooFewWitnesses));
}

}  // namespace
}  // namespace countersign::cosign
