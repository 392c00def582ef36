#include "cosign/bundle_verification.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "cosign/bundle.h"
#include "cosign/form.h"
#include "cosign/material.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"
#include "cosign/statement.h"
#include "cosign/test_judge.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "cosign/trusted_root.h"
#include "crypto/signature_scheme.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"

namespace countersign::cosign {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kProvenance = "https://slsa.dev/provenance/v1";

// What is judged, and who judges it: all that is in them holds.
class VerifyBundleTest : public ::testing::Test {
 protected:
  // By a key alone, with a log.
  void AskForKey(const TestSigning& by) {
    judge_.key = by.key.Public();
    judge_.witnesses = {.log_entries = 1};
  }

  TestSigstore sigstore_;
  TestSigning signing_ = sigstore_.Keyless();
  TestJudge judge_{sigstore_};
};

TEST_F(VerifyBundleTest, AnIdentityHoldsWithAnEntryOfRekor1) {
  const Bundle bundle = sigstore_.Sign(signing_);
  const BundleVerdict verdict = judge_.Judge(bundle);
  ASSERT_THAT(verdict, Holds());
  const auto& proof = std::get<Proof>(verdict);
  EXPECT_EQ(proof.scheme, crypto::SignatureScheme::kEcdsaSha256);
  ASSERT_TRUE(proof.identity.has_value());
  EXPECT_EQ(proof.identity->issuer, kTestIssuer);
  EXPECT_THAT(proof.identity->subjects, ElementsAre(kTestSubject));
  EXPECT_THAT(proof.identity->extensions, ElementsAre(Pair("issuer", kTestIssuer)));
  EXPECT_EQ(proof.subject, kTestSubject);
  EXPECT_THAT(proof.times, ElementsAre(kTestSigningTime));
  EXPECT_THAT(proof.log_indexes, ElementsAre(bundle.entries[0].index));
  EXPECT_EQ(proof.predicate_type, kSignaturePredicateType);
}

TEST_F(VerifyBundleTest, AnIdentityHoldsWithAnEntryOfRekor2AndATimestamp) {
  signing_.witnesses = {TestWitness::kRekor2, TestWitness::kTimestamp};
  signing_.time = kTestSigningTime + absl::Seconds(7);
  const Bundle bundle = sigstore_.Sign(signing_);
  for (const size_t timestamps : {0u, 1u}) {
    judge_.witnesses.timestamps = timestamps;
    const BundleVerdict verdict = judge_.Judge(bundle);
    ASSERT_THAT(verdict, Holds());
    EXPECT_THAT(std::get<Proof>(verdict).times, ElementsAre(signing_.time));
    EXPECT_THAT(std::get<Proof>(verdict).log_indexes, ElementsAre(bundle.entries[0].index));
  }
}

TEST_F(VerifyBundleTest, AnIdentityHoldsWithATimestampAloneWhereThatIsEnough) {
  signing_.witnesses = {TestWitness::kTimestamp};
  judge_.witnesses = {.timestamps = 1};
  judge_.trust.logs.clear();
  judge_.trust.certificate_logs.clear();
  const BundleVerdict verdict = judge_.Judge(sigstore_.Sign(signing_));
  ASSERT_THAT(verdict, Holds());
  EXPECT_THAT(std::get<Proof>(verdict).times, ElementsAre(kTestSigningTime));
  EXPECT_THAT(std::get<Proof>(verdict).log_indexes, IsEmpty());
}

TEST_F(VerifyBundleTest, AnIdentityHoldsWithAllWitnessesTogether) {
  signing_.witnesses = {TestWitness::kRekor1, TestWitness::kRekor2, TestWitness::kTimestamp};
  judge_.witnesses = {.log_entries = 2, .timestamps = 1, .certificate_timestamps = 1};
  const Bundle bundle = sigstore_.Sign(signing_);
  const BundleVerdict verdict = judge_.Judge(bundle);
  ASSERT_THAT(verdict, Holds());
  EXPECT_THAT(std::get<Proof>(verdict).times, ElementsAre(kTestSigningTime));
  EXPECT_THAT(std::get<Proof>(verdict).log_indexes,
              UnorderedElementsAre(bundle.entries[0].index, bundle.entries[1].index));
}

TEST_F(VerifyBundleTest, AKeyHoldsWithAnEntryOfALog) {
  for (const TestWitness log : {TestWitness::kRekor1, TestWitness::kRekor2}) {
    const TestSigning signing = {.witnesses = {log}};
    AskForKey(signing);
    const Bundle bundle = sigstore_.Sign(signing);
    const BundleVerdict verdict = judge_.Judge(bundle);
    ASSERT_THAT(verdict, Holds());
    const auto& proof = std::get<Proof>(verdict);
    EXPECT_FALSE(proof.identity.has_value());
    EXPECT_EQ(proof.subject, "");
    EXPECT_THAT(proof.log_indexes, ElementsAre(bundle.entries[0].index));
  }
}

TEST_F(VerifyBundleTest, AKeyHoldsWithATimestamp) {
  const TestSigning signing = {.witnesses = {TestWitness::kTimestamp}};
  AskForKey(signing);
  judge_.witnesses = {.timestamps = 1};
  const BundleVerdict verdict = judge_.Judge(sigstore_.Sign(signing));
  ASSERT_THAT(verdict, Holds());
  EXPECT_THAT(std::get<Proof>(verdict).times, ElementsAre(kTestSigningTime));
}

TEST_F(VerifyBundleTest, AKeyHoldsWithoutWitnesses) {
  const TestSigning signing = {.witnesses = {}};
  AskForKey(signing);
  judge_.witnesses = {};
  judge_.trust = {};
  EXPECT_THAT(judge_.Judge(sigstore_.Sign(signing)), Holds());
}

// What the bundle says of the key is advice.
TEST_F(VerifyBundleTest, AKeyHoldsWhateverTheHint) {
  const TestSigning signing;
  AskForKey(signing);
  Bundle bundle = sigstore_.Sign(signing);
  for (const char* hint : {"", "another key"}) {
    bundle.material = KeyHint{hint};
    EXPECT_THAT(judge_.Judge(bundle), Holds()) << hint;
  }
}

TEST_F(VerifyBundleTest, EachVersionHolds) {
  Bundle bundle = sigstore_.Sign(signing_);
  for (const Form form : {Form::kBundleV01, Form::kBundleV02, Form::kBundleV03}) {
    bundle.form = form;
    EXPECT_THAT(judge_.Judge(bundle), Holds()) << static_cast<int>(form);
  }
}

TEST_F(VerifyBundleTest, AnAttestationHoldsForItsType) {
  signing_.envelope.payload = WriteTestStatement(TestImage(), kProvenance);
  judge_.predicate_type = kProvenance;
  const BundleVerdict verdict = judge_.Judge(sigstore_.Sign(signing_));
  ASSERT_THAT(verdict, Holds());
  EXPECT_EQ(std::get<Proof>(verdict).predicate_type, kProvenance);
}

TEST_F(VerifyBundleTest, AFileHoldsAsAMessage) {
  signing_.message = "a file";
  for (const TestWitness log : {TestWitness::kRekor1, TestWitness::kRekor2}) {
    signing_.witnesses = {log, TestWitness::kTimestamp};
    const Bundle bundle = sigstore_.Sign(signing_);
    EXPECT_THAT(judge_.JudgeFile(bundle, TestFile("a file")), Holds());
    EXPECT_THAT(judge_.JudgeFile(bundle, TestFileDigest("a file")), Holds());
    EXPECT_THAT(judge_.JudgeFile(bundle, TestFile("another file")), Not(Holds()));
    EXPECT_THAT(judge_.JudgeFile(bundle, TestFileDigest("another file")), Not(Holds()));
  }
}

TEST_F(VerifyBundleTest, AFileHoldsAsASubjectOfWhateverType) {
  for (const std::string_view type : {kSignaturePredicateType, kProvenance}) {
    signing_.envelope.payload = WriteTestStatement(oci::Digest::Of("a file"), type);
    const Bundle bundle = sigstore_.Sign(signing_);
    EXPECT_THAT(judge_.JudgeFile(bundle, TestFile("a file")), Holds());
    EXPECT_THAT(judge_.JudgeFile(bundle, TestFileDigest("a file")), Holds());
    EXPECT_THAT(judge_.JudgeFile(bundle, TestFile("another file")),
                IsRefusedAs(Refused::kWrongArtifact));
  }
}

TEST_F(VerifyBundleTest, HoldsByATrustedRootThatWasRead) {
  signing_.witnesses = {TestWitness::kRekor1, TestWitness::kRekor2, TestWitness::kTimestamp};
  judge_.witnesses = {.log_entries = 2, .timestamps = 1, .certificate_timestamps = 1};
  const absl::StatusOr<TrustedRoot> read =
      ParseTrustedRoot(TestTrustedRootJson(judge_.trust).dump());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->warnings, IsEmpty());
  judge_.trust = *read;
  EXPECT_THAT(judge_.Judge(sigstore_.Sign(signing_)), Holds());
}

// In what follows one thing is wrong, and all else holds.

TEST_F(VerifyBundleTest, WhatIsNoBundleIsMalformed) {
  const std::string text = TestBundleJson(sigstore_.Sign(signing_)).dump();
  EXPECT_THAT(judge_.JudgeText(text), Holds());
  EXPECT_THAT(judge_.JudgeText(text.substr(1)), IsRefusedAs(Refused::kMalformed));
  EXPECT_THAT(judge_.JudgeText("{}"), IsRefusedAs(Refused::kMalformed));
}

TEST_F(VerifyBundleTest, AHintIsNoIdentity) {
  Bundle bundle = sigstore_.Sign(signing_);
  bundle.material = KeyHint{"hint"};
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kWrongMaterial));
}

// Also if it is for the key that is asked for.
TEST_F(VerifyBundleTest, ACertificateIsNoKey) {
  AskForKey(signing_);
  EXPECT_THAT(judge_.Judge(sigstore_.Sign(signing_)), IsRefusedAs(Refused::kWrongMaterial));
  signing_.certificate.reset();
  EXPECT_THAT(judge_.Judge(sigstore_.Sign(signing_)), Holds());
}

// Whoever signed, the log has it, and the time is stamped.
TEST_F(VerifyBundleTest, ASignatureByAnotherKeyThanTheCertificatesIsBad) {
  signing_.key = crypto::TestKey::Generate();
  signing_.witnesses = {TestWitness::kRekor1, TestWitness::kTimestamp};
  EXPECT_THAT(judge_.Judge(sigstore_.Sign(signing_)), IsRefusedAs(Refused::kBadSignature));
  signing_.message = "a file";
  EXPECT_THAT(judge_.JudgeFile(sigstore_.Sign(signing_), TestFile("a file")),
              IsRefusedAs(Refused::kBadSignature));
}

TEST_F(VerifyBundleTest, ASignatureByAnotherKeyThanThePolicysIsBad) {
  AskForKey({});
  EXPECT_THAT(judge_.Judge(sigstore_.Sign({})), IsRefusedAs(Refused::kBadSignature));
  judge_.witnesses = {};
  EXPECT_THAT(judge_.Judge(sigstore_.Sign({})), IsRefusedAs(Refused::kBadSignature));
}

TEST_F(VerifyBundleTest, AStatementAboutAnotherImageIsOfAnother) {
  judge_.image = oci::Digest::Of("another image");
  EXPECT_THAT(judge_.Judge(sigstore_.Sign(signing_)), IsRefusedAs(Refused::kWrongArtifact));
}

TEST_F(VerifyBundleTest, AnAttestationOfAnotherTypeIsNotTheOneAskedFor) {
  judge_.predicate_type = kProvenance;
  EXPECT_THAT(judge_.Judge(sigstore_.Sign(signing_)), IsRefusedAs(Refused::kWrongStatement));
}

TEST_F(VerifyBundleTest, AnEntryOfALogThatIsNotTrustedIsOfAnUnknownOne) {
  std::erase_if(judge_.trust.logs,
                [&](const TrustedLog& log) { return log.id == sigstore_.rekor1.trusted().id; });
  EXPECT_THAT(judge_.Judge(sigstore_.Sign(signing_)), IsRefusedAs(Refused::kUnknownLog));
}

TEST_F(VerifyBundleTest, AnEntryOfAnotherSignatureIsBad) {
  Bundle bundle = sigstore_.Sign(signing_);
  bundle.entries = sigstore_.Sign(signing_).entries;
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kBadLogEntry));
}

TEST_F(VerifyBundleTest, ATimestampOfAnotherSignatureIsBad) {
  signing_.witnesses = {TestWitness::kRekor1, TestWitness::kTimestamp};
  judge_.witnesses.timestamps = 1;
  Bundle bundle = sigstore_.Sign(signing_);
  EXPECT_THAT(judge_.Judge(bundle), Holds());
  bundle.timestamps = {sigstore_.Stamp("another signature")};
  EXPECT_THAT(judge_.Judge(bundle), IsRefusedAs(Refused::kBadTimestamp));
}

TEST_F(VerifyBundleTest, ACertificateWithoutATimeHasNone) {
  signing_.witnesses = {TestWitness::kRekor2};
  EXPECT_THAT(judge_.Judge(sigstore_.Sign(signing_)), IsRefusedAs(Refused::kNoTime));
}

TEST_F(VerifyBundleTest, FewerWitnessesThanAreAskedForAreTooFew) {
  signing_.witnesses = {TestWitness::kTimestamp};
  EXPECT_THAT(judge_.Judge(sigstore_.Sign(signing_)), IsRefusedAs(Refused::kTooFewWitnesses));
  signing_.witnesses = {TestWitness::kRekor1};
  EXPECT_THAT(judge_.Judge(sigstore_.Sign(signing_)), Holds());
  judge_.witnesses.timestamps = 1;
  EXPECT_THAT(judge_.Judge(sigstore_.Sign(signing_)), IsRefusedAs(Refused::kTooFewWitnesses));
}

TEST_F(VerifyBundleTest, ACertificateOfAnAuthorityThatIsNotTrustedIsBad) {
  judge_.trust.certificate_authorities = TestSigstore().trusted().certificate_authorities;
  EXPECT_THAT(judge_.Judge(sigstore_.Sign(signing_)), IsRefusedAs(Refused::kBadCertificate));
}

TEST_F(VerifyBundleTest, ACertificateThatWasOverIsNotValidThen) {
  signing_.time = kTestSigningTime + absl::Minutes(6);
  EXPECT_THAT(judge_.Judge(sigstore_.Sign(signing_)),
              IsRefusedAs(Refused::kCertificateNotValidThen));
}

TEST_F(VerifyBundleTest, ACertificateThatNoTrustedLogHasSeenIsNotSeen) {
  judge_.trust.certificate_logs = TestSigstore().trusted().certificate_logs;
  EXPECT_THAT(judge_.Judge(sigstore_.Sign(signing_)),
              IsRefusedAs(Refused::kBadCertificateTimestamp));
  judge_.witnesses.certificate_timestamps = 0;
  EXPECT_THAT(judge_.Judge(sigstore_.Sign(signing_)), Holds());
}

TEST_F(VerifyBundleTest, ACertificateOfSomebodyElseIsOfAnotherIdentity) {
  judge_.identities = {{.issuer = std::string(kTestIssuer), .subject = "https://example.org/else"},
                       {.issuer = "https://else.org", .subject = std::string(kTestSubject)}};
  EXPECT_THAT(judge_.Judge(sigstore_.Sign(signing_)), IsRefusedAs(Refused::kWrongIdentity));
}

}  // namespace
}  // namespace countersign::cosign
