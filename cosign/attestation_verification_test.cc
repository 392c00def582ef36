#include "cosign/attestation_verification.h"

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cosign/attestation_fixture.h"
#include "cosign/layer_witnesses.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"
#include "cosign/statement.h"
#include "cosign/test_attestation.h"
#include "cosign/test_judge.h"
#include "cosign/test_pay.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "cosign/verify.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"

namespace countersign::cosign {
namespace {

using ::testing::ElementsAre;

using AttestationVerificationTest = AttestationTest;

TEST_F(AttestationVerificationTest, AnIdentityHoldsWithALogEntry) {
  const BundleVerdict verdict = Judge();
  ASSERT_THAT(verdict, Holds());
  const auto& proof = std::get<Proof>(verdict);
  EXPECT_EQ(proof.subject, kTestSubject);
  EXPECT_THAT(proof.times, ElementsAre(kTestSigningTime));
  EXPECT_EQ(proof.log_indexes.size(), 1u);
  EXPECT_EQ(proof.predicate_type, kTestPredicateType);
}

TEST_F(AttestationVerificationTest, AKeyHoldsWithALogEntryAndWithoutOne) {
  MakeByKey();
  EXPECT_THAT(Judge(), Holds());
  layer_.annotations.clear();
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kTooFewWitnesses));
  judge_.witnesses = {};
  EXPECT_THAT(Judge(), Holds());
  judge_.key = crypto::TestKey::Generate().Public();
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadSignature));
}

// GHSA-w6c6-c85g-mmv6 and GHSA-vjxv-45g9-9296 (CVE-2022-35929).
TEST_F(AttestationVerificationTest, AnAttestationOfAnotherTypeIsNoneOfThatType) {
  for (const char* asked : {"https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v1/",
                            "https://slsa.dev/provenance/V1", "slsaprovenance1", ""}) {
    judge_.predicate_type = asked;
    EXPECT_THAT(Judge(), IsRefusedAs(Refused::kWrongStatement)) << asked;
  }
}

TEST_F(AttestationVerificationTest, AMalformedStatementIsOfNoType) {
  for (const char* payload : {"{}", "not JSON", "[]"}) {
    signing_.envelope.payload = payload;
    Make();
    EXPECT_THAT(Judge(), IsRefusedAs(Refused::kWrongStatement)) << payload;
  }
  signing_.envelope = TestAttestedEnvelope();
  signing_.envelope.payload_type = "text/plain";
  Make();
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kWrongStatement));
}

// Not even one of the type that says so: only a bundle is a signature by a statement.
TEST_F(AttestationVerificationTest, AnAttestationIsNeverASignature) {
  for (const std::string_view type : {kTestPredicateType, kSignaturePredicateType}) {
    signing_.envelope = TestAttestedEnvelope(TestImage(), type);
    Make();
    judge_.predicate_type.reset();
    EXPECT_THAT(Judge(), IsRefusedAs(Refused::kWrongStatement)) << type;
    const auto refusal = FindRefusal(*layer_.Read().value(), {judge_.image});
    ASSERT_TRUE(refusal.has_value());
    EXPECT_EQ(refusal->reason, Refused::kWrongStatement);
  }
}

// Kyverno's CVE-2022-47633: what is said of another image.
TEST_F(AttestationVerificationTest, AnotherImageIsAnother) {
  judge_.image = oci::Digest::Of("another image");
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kWrongArtifact));
}

TEST_F(AttestationVerificationTest, ASubjectIsTheImageByItsDigestAlone) {
  const std::string hex(TestImage().hex());
  const auto judged = [&](std::string_view subjects) {
    signing_.envelope.payload = WriteTestStatement(subjects, kTestPredicateType);
    Make();
    return Judge();
  };
  EXPECT_THAT(
      judged(absl::StrCat(R"({"digest":{"sha256":"00"}},{"digest":{"sha256":")", hex, R"("}})")),
      Holds());
  EXPECT_THAT(judged(absl::StrCat(R"({"digest":{"sha512":")", hex, R"("}})")),
              IsRefusedAs(Refused::kWrongArtifact));
  EXPECT_THAT(judged(absl::StrCat(R"({"name":")", hex, R"("})")),
              IsRefusedAs(Refused::kWrongArtifact));
}

TEST_F(AttestationVerificationTest, OneOfUpToEightSignaturesIsEnough) {
  const auto stranger = [this] { return crypto::TestKey::Generate().Sign(signing_.SignedBytes()); };
  std::vector<std::string> others;
  for (int count = 1; count <= 7; ++count) {
    others.push_back(stranger());
    Make(TestStamped::kEnvelope, others);
    EXPECT_THAT(Judge(), Holds()) << count;
  }
  others.push_back(stranger());
  Make(TestStamped::kEnvelope, others);
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kMalformed));
}

// GHSA-fx35-mq7g-6g98: where a certificate belongs, a key is nothing.
TEST_F(AttestationVerificationTest, AKeyThatStandsForACertificateIsMalformed) {
  Annotation(kCertificateAnnotation) = signing_.key.PublicPem();
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kMalformed));
  MakeByKey();
  Annotation(kCertificateAnnotation) = signing_.key.PublicPem();
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kMalformed));
}

TEST_F(AttestationVerificationTest, ACertificateForAnotherKeyIsNotThePolicysKey) {
  MakeByKey();
  Annotation(kCertificateAnnotation) = sigstore_.Issue(sigstore_.Request(signing_.key)).Pem();
  EXPECT_THAT(Judge(), Holds());
  Annotation(kCertificateAnnotation) = sigstore_.Keyless().certificate->Pem();
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kWrongMaterial));
}

TEST_F(AttestationVerificationTest, WithoutACertificateItIsNoIdentitys) {
  layer_.annotations.erase(std::string(kCertificateAnnotation));
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kWrongMaterial));
}

TEST_F(AttestationVerificationTest, SomebodyElseIsAnotherIdentity) {
  judge_.identities[0].subject = "https://example.org/else";
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kWrongIdentity));
}

// What is signed is the type and the payload together (PAE).
TEST_F(AttestationVerificationTest, ASignatureOfTheBarePayloadIsBad) {
  MakeByKey();
  judge_.witnesses = {};
  layer_.blob =
      TestEnvelopeJson(signing_.envelope, {signing_.key.Sign(signing_.envelope.payload)}).dump();
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadSignature));
}

TEST_F(AttestationVerificationTest, EachKeyTypeAndSchemeOfCosignHolds) {
  using crypto::TestKeyType;
  using crypto::TestScheme;
  for (const auto& [type, scheme] : {std::pair{TestKeyType::kEcdsaP256, TestScheme::kDefault},
                                     {TestKeyType::kEcdsaP384, TestScheme::kDefault},
                                     {TestKeyType::kEcdsaP384, TestScheme::kSha256},
                                     {TestKeyType::kEcdsaP521, TestScheme::kDefault},
                                     {TestKeyType::kEcdsaP521, TestScheme::kSha256},
                                     {TestKeyType::kRsa2048, TestScheme::kDefault},
                                     {TestKeyType::kEd25519, TestScheme::kDefault},
                                     {TestKeyType::kEd25519, TestScheme::kPureEd25519}}) {
    signing_.key = crypto::TestKey::Generate(type);
    signing_.scheme = scheme;
    MakeByKey();
    EXPECT_THAT(Judge(), Holds()) << judge_.key->Description();
  }
}

TEST_F(AttestationVerificationTest, CostsWhatItsSignaturesDo) {
  MakeByKey();
  judge_.witnesses = {};
  const auto units = [this] {
    TestPay pay;
    EXPECT_THAT(Judge(pay), Holds());
    return pay.units;
  };
  EXPECT_EQ(units(), 1u);
  // No key of that kind has made the second.
  Make(TestStamped::kEnvelope, {signing_.key.Sign("else"), std::string(300, 's')});
  EXPECT_EQ(units(), 2u);
  // And the log's promise, of the one that holds.
  judge_.witnesses = {.log_entries = 1};
  EXPECT_EQ(units(), 2u + 1u);
}

}  // namespace
}  // namespace countersign::cosign
