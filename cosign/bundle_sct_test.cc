// The timestamps of certificate transparency logs (SCT) in the certificates of bundles: each test
// breaks one thing of one that holds.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "cosign/refusal.h"
#include "cosign/test_judge.h"
#include "cosign/test_sigstore.h"
#include "cosign/trusted_root.h"
#include "crypto/certificate.h"
#include "crypto/der.h"
#include "crypto/test_certificate.h"
#include "crypto/test_der.h"
#include "crypto/test_key.h"
#include "crypto/test_sct.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using crypto::Certificate;
using crypto::TestCertificate;
using crypto::TestKey;
using crypto::TestSct;

class BundleSctTest : public ::testing::Test {
 protected:
  BundleVerdict JudgeCertificate(const Certificate& certificate) {
    return judge_.Judge(sigstore_.Sign({.key = key_, .certificate = certificate}));
  }
  // With that value of the extension for the list.
  BundleVerdict JudgeWithScts(std::string_view value) {
    TestCertificate parts = sigstore_.Request(key_);
    parts.extensions.push_back(
        {.oid = std::string(crypto::kTestSctListOid), .value = std::string(value)});
    return JudgeCertificate(crypto::MakeTestCertificate(parts, sigstore_.issuer_key));
  }
  TestSct GoodSct(TestSct parts = {}) const {
    return crypto::SignTestSct(std::move(parts), sigstore_.Request(key_), sigstore_.issuer_key,
                               sigstore_.certificate_log);
  }

  TestSigstore sigstore_;
  TestKey key_ = TestKey::Generate();
  TestJudge judge_{sigstore_};
};

TEST_F(BundleSctTest, ACertificateThatNoLogHasSeenIsRefused) {
  const Certificate unseen =
      crypto::MakeTestCertificate(sigstore_.Request(key_), sigstore_.issuer_key);
  EXPECT_THAT(JudgeCertificate(unseen), IsRefusedAs(Refused::kBadCertificateTimestamp));
  judge_.witnesses.certificate_timestamps = 0;
  EXPECT_THAT(JudgeCertificate(unseen), Holds());
}

TEST_F(BundleSctTest, TwoListsAreMalformed) {
  TestCertificate request = sigstore_.Request(key_);
  for (int i = 0; i < 2; ++i) {
    request.extensions.push_back(crypto::TestSctList({GoodSct().Write()}));
  }
  const Certificate twice =
      Certificate::FromDer(crypto::SignTestTbs(crypto::WriteTestTbs(request, sigstore_.issuer_key),
                                               sigstore_.issuer_key))
          .value();
  EXPECT_THAT(JudgeCertificate(twice), IsRefusedAs(Refused::kMalformed));
}

TEST_F(BundleSctTest, ExtensionsAreSigned) {
  const TestSct sct = GoodSct({.extensions = std::string("\0\0\5\0\0\0\0p", 8)});
  EXPECT_THAT(JudgeWithScts(crypto::WriteTestSctList({sct.Write()})), Holds());
  TestSct without = sct;
  without.extensions.clear();
  EXPECT_THAT(JudgeWithScts(crypto::WriteTestSctList({without.Write()})),
              IsRefusedAs(Refused::kBadCertificateTimestamp));
}

TEST_F(BundleSctTest, AListOfAnotherLengthIsRefused) {
  const std::string list = crypto::WriteTestPrefixed(GoodSct().Write(), 2);
  const auto judge_with = [&](std::string_view tls) {
    return JudgeWithScts(crypto::WriteDer(crypto::DerTag::kOctetString, {tls}));
  };
  const std::string good = crypto::WriteTestPrefixed(list, 2);
  EXPECT_THAT(judge_with(good), Holds());
  // The length of all, and of the only one.
  for (const size_t at : {1u, 3u}) {
    for (const int change : {-1, 1}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] + change);
      EXPECT_THAT(judge_with(bad), IsRefusedAs(Refused::kBadCertificateTimestamp));
    }
  }
}

TEST_F(BundleSctTest, ATimestampOfSomethingElseIsRefusedAndHidesNoGoodOne) {
  const TestCertificate request = sigstore_.Request(key_);
  TestCertificate other = request;
  other.serial += 1;
  TestSct later = GoodSct();
  later.milliseconds += 1;
  TestSct rsa = GoodSct();
  rsa.algorithms = "\x04\x01";
  for (const TestSct& bad :
       {crypto::SignTestSct({}, other, sigstore_.issuer_key, sigstore_.certificate_log),
        crypto::SignTestSct({}, request, sigstore_.root_key, sigstore_.certificate_log),
        crypto::SignTestSct({}, request, sigstore_.issuer_key, TestKey::Generate()),
        GoodSct({.version = "\x01"}), later, rsa}) {
    EXPECT_THAT(JudgeWithScts(crypto::WriteTestSctList({bad.Write()})),
                IsRefusedAs(Refused::kBadCertificateTimestamp));
    // It hides no good one.
    EXPECT_THAT(JudgeWithScts(crypto::WriteTestSctList({bad.Write(), GoodSct().Write()})), Holds());
  }
}

TEST_F(BundleSctTest, ATimestampOutsideTheLogsWindowIsRefused) {
  TrustWindow& window = judge_.trust.certificate_logs[0].valid_for;
  const absl::Time seen = absl::FromUnixMillis(static_cast<int64_t>(TestSct().milliseconds));
  const Certificate certificate = sigstore_.Issue(sigstore_.Request(key_));
  window = {seen, seen};
  EXPECT_THAT(JudgeCertificate(certificate), Holds());
  window = {seen - absl::Seconds(1), seen - absl::Milliseconds(1)};
  EXPECT_THAT(JudgeCertificate(certificate), IsRefusedAs(Refused::kBadCertificateTimestamp));
  window = {seen + absl::Milliseconds(1), std::nullopt};
  EXPECT_THAT(JudgeCertificate(certificate), IsRefusedAs(Refused::kBadCertificateTimestamp));
}

}  // namespace
}  // namespace countersign::cosign
