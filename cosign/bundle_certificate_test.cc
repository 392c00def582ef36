// Certificates in bundles: what leads to them. Each test breaks one thing of one that holds.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "cosign/bundle.h"
#include "cosign/form.h"
#include "cosign/refusal.h"
#include "cosign/test_judge.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "crypto/certificate.h"
#include "crypto/der.h"
#include "crypto/test_certificate.h"
#include "crypto/test_der.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using base::Json;
using crypto::Certificate;
using crypto::TestCertificate;
using crypto::TestExtension;
using crypto::TestKey;

constexpr std::string_view kCodeSigning = "1.3.6.1.5.5.7.3.3";
constexpr std::string_view kTimeStamping = "1.3.6.1.5.5.7.3.8";
constexpr std::string_view kServerAuth = "1.3.6.1.5.5.7.3.1";
constexpr std::string_view kKeyUsage = "2.5.29.15";
constexpr std::string_view kExtendedKeyUsage = "2.5.29.37";

class BundleCertificateTest : public ::testing::Test {
 protected:
  BundleVerdict JudgeCertificate(const Certificate& certificate) {
    return judge_.Judge(sigstore_.Sign({.key = key_, .certificate = certificate}));
  }
  BundleVerdict JudgeIssued(const TestCertificate& parts) {
    return JudgeCertificate(sigstore_.Issue(parts));
  }
  // With the extension in place of the one of its kind, or added.
  TestCertificate RequestWith(TestExtension extension) const {
    TestCertificate request = RequestWithout(extension.oid);
    request.extensions.push_back(std::move(extension));
    return request;
  }
  TestCertificate RequestWithout(std::string_view oid) const {
    TestCertificate request = sigstore_.Request(key_);
    std::erase_if(request.extensions, [&](const TestExtension& e) { return e.oid == oid; });
    return request;
  }

  // Trusts a chain in which the intermediate, of the same name and key, is of these extensions.
  void TrustIntermediateOf(std::vector<TestExtension> extensions) {
    judge_.trust.certificate_authorities[0].chain[0] = Authority(
        "intermediate", sigstore_.issuer_key, "root", sigstore_.root_key, std::move(extensions));
  }
  static Certificate Authority(std::string_view name, const TestKey& key, std::string_view issuer,
                               const TestKey& issuer_key, std::vector<TestExtension> extensions) {
    return crypto::MakeTestCertificate({.subject = std::string(name),
                                        .issuer = std::string(issuer),
                                        .key = key,
                                        .extensions = std::move(extensions)},
                                       issuer_key);
  }

  TestSigstore sigstore_;
  TestKey key_ = TestKey::Generate();
  TestJudge judge_{sigstore_};
};

TEST_F(BundleCertificateTest, OfAnAuthorityIsNoSigners) {
  EXPECT_THAT(JudgeIssued(RequestWith(crypto::TestBasicConstraints(false))), Holds());
  EXPECT_THAT(JudgeIssued(RequestWith(crypto::TestBasicConstraints(true))),
              IsRefusedAs(Refused::kBadCertificate));
}

TEST_F(BundleCertificateTest, MustBeForSigningCode) {
  for (const TestExtension& purposes :
       {crypto::TestExtendedKeyUsage({kTimeStamping}), crypto::TestExtendedKeyUsage({kServerAuth}),
        crypto::TestExtendedKeyUsage({"2.5.29.37.0"})}) {
    EXPECT_THAT(JudgeIssued(RequestWith(purposes)), IsRefusedAs(Refused::kBadCertificate));
  }
  EXPECT_THAT(JudgeIssued(RequestWithout(kExtendedKeyUsage)),
              IsRefusedAs(Refused::kBadCertificate));
  EXPECT_THAT(JudgeIssued(RequestWith(crypto::TestExtendedKeyUsage({kServerAuth, kCodeSigning}))),
              Holds());
}

TEST_F(BundleCertificateTest, MustBeForSignatures) {
  EXPECT_THAT(JudgeIssued(RequestWith(crypto::TestKeyUsage(0x20))),
              IsRefusedAs(Refused::kBadCertificate));
  EXPECT_THAT(JudgeIssued(RequestWithout(kKeyUsage)), Holds());
}

TEST_F(BundleCertificateTest, WithACriticalExtensionThatIsNotKnownIsBad) {
  EXPECT_THAT(JudgeIssued(RequestWith({.oid = "1.2.3.4", .value = "x"})), Holds());
  EXPECT_THAT(JudgeIssued(RequestWith({.oid = "1.2.3.4", .is_critical = true, .value = "x"})),
              IsRefusedAs(Refused::kBadCertificate));
}

TEST_F(BundleCertificateTest, OfAPrecertificateIsBad) {
  EXPECT_THAT(JudgeIssued(RequestWith({.oid = "1.3.6.1.4.1.11129.2.4.3",
                                       .is_critical = true,
                                       .value = crypto::WriteDer(crypto::DerTag::kNull, {})})),
              IsRefusedAs(Refused::kBadCertificate));
}

TEST_F(BundleCertificateTest, SignedByAnotherKeyUnderTheAuthoritysNameIsBad) {
  judge_.witnesses.certificate_timestamps = 0;
  const TestCertificate request = sigstore_.Request(key_);
  EXPECT_THAT(JudgeCertificate(crypto::MakeTestCertificate(request, sigstore_.issuer_key)),
              Holds());
  EXPECT_THAT(JudgeCertificate(crypto::MakeTestCertificate(request, TestKey::Generate())),
              IsRefusedAs(Refused::kBadCertificate));
  EXPECT_THAT(JudgeCertificate(crypto::MakeTestCertificate(request, key_)),
              IsRefusedAs(Refused::kBadCertificate));
}

TEST_F(BundleCertificateTest, UnderAnIntermediateThatIsNoAuthorityIsBad) {
  TrustIntermediateOf({crypto::TestBasicConstraints(true)});
  EXPECT_THAT(JudgeIssued(sigstore_.Request(key_)), Holds());
  for (const std::vector<TestExtension>& extensions :
       {std::vector<TestExtension>{},
        {crypto::TestBasicConstraints(false)},
        {crypto::TestBasicConstraints(true), crypto::TestKeyUsage(0x80)}}) {
    TrustIntermediateOf(extensions);
    EXPECT_THAT(JudgeIssued(sigstore_.Request(key_)), IsRefusedAs(Refused::kBadCertificate));
  }
}

TEST_F(BundleCertificateTest, UnderAnIntermediateForOtherPurposesIsBad) {
  TrustIntermediateOf(
      {crypto::TestBasicConstraints(true), crypto::TestExtendedKeyUsage({kServerAuth})});
  EXPECT_THAT(JudgeIssued(sigstore_.Request(key_)), IsRefusedAs(Refused::kBadCertificate));
  // Any.
  TrustIntermediateOf(
      {crypto::TestBasicConstraints(true), crypto::TestExtendedKeyUsage({"2.5.29.37.0"})});
  EXPECT_THAT(JudgeIssued(sigstore_.Request(key_)), Holds());
}

TEST_F(BundleCertificateTest, UnderALongerPathThanAllowedIsBad) {
  const TestKey key = TestKey::Generate();
  judge_.witnesses.certificate_timestamps = 0;
  TestCertificate request = sigstore_.Request(key_);
  request.issuer = "below";
  const Certificate leaf = crypto::MakeTestCertificate(request, key);
  std::vector<Certificate>& chain = judge_.trust.certificate_authorities[0].chain;
  chain.insert(chain.begin(), Authority("below", key, "intermediate", sigstore_.issuer_key,
                                        {crypto::TestBasicConstraints(true)}));
  EXPECT_THAT(JudgeCertificate(leaf), IsRefusedAs(Refused::kBadCertificate));
  chain[1] = Authority("intermediate", sigstore_.issuer_key, "root", sigstore_.root_key,
                       {crypto::TestBasicConstraints(true, 1)});
  EXPECT_THAT(JudgeCertificate(leaf), Holds());
}

// A private instance whose anchor is an intermediate, or a root that issues itself.
TEST_F(BundleCertificateTest, AnAnchorIsWhatIsTrusted) {
  std::vector<Certificate>& chain = judge_.trust.certificate_authorities[0].chain;
  chain = {sigstore_.intermediate};
  EXPECT_THAT(JudgeIssued(sigstore_.Request(key_)), Holds());
  chain = {sigstore_.root};
  EXPECT_THAT(JudgeIssued(sigstore_.Request(key_)), IsRefusedAs(Refused::kBadCertificate));
}

// Nothing that comes with a signature leads anywhere, and a root does not even come with one.
TEST_F(BundleCertificateTest, CertificatesBesideItAreNotTrusted) {
  Bundle bundle =
      sigstore_.Sign({.key = key_, .certificate = sigstore_.Issue(sigstore_.Request(key_))});
  bundle.form = Form::kBundleV01;
  const auto judge_with = [&](const Certificate& certificate) {
    Json json = TestBundleJson(bundle);
    json["verificationMaterial"]["x509CertificateChain"]["certificates"].push_back(
        {{"rawBytes", absl::Base64Escape(certificate.der())}});
    return judge_.JudgeText(json.dump());
  };
  EXPECT_THAT(judge_with(sigstore_.intermediate), Holds());
  EXPECT_THAT(judge_with(sigstore_.root), IsRefusedAs(Refused::kMalformed));
  judge_.trust.certificate_authorities[0].chain = {sigstore_.root};
  EXPECT_THAT(judge_with(sigstore_.intermediate), IsRefusedAs(Refused::kBadCertificate));
}

// GHSA-fx35-mq7g-6g98: where a certificate belongs, a key is nothing; it verifies nothing, and is
// not the policy's.
TEST_F(BundleCertificateTest, ThatIsABareKeyIsMalformed) {
  Bundle bundle =
      sigstore_.Sign({.key = key_, .certificate = sigstore_.Issue(sigstore_.Request(key_))});
  for (const Form form : {Form::kBundleV01, Form::kBundleV03}) {
    bundle.form = form;
    for (const std::string& bytes : {key_.PublicDer(), key_.PublicPem()}) {
      Json json = TestBundleJson(bundle);
      Json& material = json["verificationMaterial"];
      (form == Form::kBundleV03 ? material["certificate"]
                                : material["x509CertificateChain"]["certificates"][0])["rawBytes"] =
          absl::Base64Escape(bytes);
      TestJudge judge = judge_;
      EXPECT_THAT(judge.JudgeText(json.dump()), IsRefusedAs(Refused::kMalformed));
      judge.key = key_.Public();
      EXPECT_THAT(judge.JudgeText(json.dump()), IsRefusedAs(Refused::kMalformed));
    }
  }
}

// The TBSCertificate with another SubjectPublicKeyInfo, its seventh element.
std::string WithKeyInfo(std::string_view tbs, std::string_view key_info) {
  std::string_view contents;
  EXPECT_TRUE(crypto::DerReader(tbs).Read(crypto::DerTag::kSequence, contents));
  crypto::DerReader reader(contents);
  std::string elements;
  std::string_view element;
  for (int i = 0; reader.ReadAnyElement(element); ++i) elements += i == 6 ? key_info : element;
  return crypto::WriteDerSequence({elements});
}

TEST_F(BundleCertificateTest, ForAKeyThatIsTooShortIsNoMaterial) {
  const std::string modulus = absl::StrCat(std::string(1, '\0'), std::string(128, '\xff'));
  const std::string rsa1024 = crypto::WriteDerSequence(
      {crypto::WriteDerSequence({crypto::WriteDerOid("1.2.840.113549.1.1.1"),
                                 crypto::WriteDer(crypto::DerTag::kNull, {})}),
       crypto::WriteDerBitString(
           crypto::WriteDerSequence({crypto::WriteDer(crypto::DerTag::kInteger, {modulus}),
                                     crypto::WriteDerUnsigned(65537)}))});
  const std::string tbs =
      WithKeyInfo(crypto::WriteTestTbs(sigstore_.Request(key_), sigstore_.issuer_key), rsa1024);
  EXPECT_THAT(
      JudgeCertificate(
          Certificate::FromDerStrictly(crypto::SignTestTbs(tbs, sigstore_.issuer_key)).value()),
      IsRefusedAs(Refused::kWrongMaterial));
}

}  // namespace
}  // namespace countersign::cosign
