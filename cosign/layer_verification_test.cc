#include "cosign/layer_verification.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "cosign/bundle.h"
#include "cosign/item.h"
#include "cosign/layer_witnesses.h"
#include "cosign/log_entry_data.h"
#include "cosign/outcome.h"
#include "cosign/payload.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"
#include "cosign/test_judge.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "cosign/verify.h"
#include "crypto/certificate.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"

namespace countersign::cosign {
namespace {

using base::Json;
using ::testing::ElementsAre;

// A signature layer that cosign before bundles has signed by an identity, and Rekor 1 has logged:
// each test changes one thing of it.
class LayerVerificationTest : public ::testing::Test {
 protected:
  LayerVerificationTest() { Sign(TestWitness::kRekor1); }

  void Sign(TestWitness witness) {
    signing_.message = TestSigner::Payload(TestImage());
    signing_.witnesses = {witness};
    bundle_ = sigstore_.Sign(signing_);
    annotations_ = TestLayerAnnotations(*bundle_);
  }
  // By a key without a certificate, with a log.
  void SignByKey() {
    signing_.certificate.reset();
    judge_.key = signing_.key.Public();
    judge_.witnesses = {.log_entries = 1};
    Sign(TestWitness::kRekor1);
  }

  BundleVerdict Judge() const {
    const ItemPtr item =
        SignatureLayerItem(oci::Digest::Of(*signing_.message), Payload::Of(*signing_.message),
                           bundle_->signature, ReadLayerWitnesses(annotations_));
    const Outcome outcome = Verify(*item, {judge_.image, judge_.predicate_type}, *judge_.signer());
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return *refusal;
    return std::get<Verified>(outcome).proof();
  }

  std::string& Annotation(std::string_view name) { return annotations_[std::string(name)]; }
  // With another log entry.
  void SetEntry(const LogEntry& entry) {
    Bundle bundle = *bundle_;
    bundle.entries = {entry};
    annotations_ = TestLayerAnnotations(bundle);
  }
  // The entry that the log makes of the body of the layer's entry with one thing of another's in it.
  LogEntry EntryWith(const char* place, const LogEntry& other) {
    const LogEntry& good = bundle_->entries[0];
    const Json::json_pointer pointer{std::string(place)};
    Json body = Json::parse(good.body);
    body.at(pointer) = Json::parse(other.body).at(pointer);
    EXPECT_NE(body, Json::parse(good.body)) << place;
    return sigstore_.rekor1.Log(good.kind, good.version, body.dump(), kTestSigningTime);
  }
  // A genuine one, of another payload by somebody else.
  LogEntry OtherEntry() {
    TestSigning other = sigstore_.Keyless();
    if (!signing_.certificate.has_value()) other.certificate.reset();
    other.message = TestSigner::Payload(oci::Digest::Of("another image"));
    return sigstore_.Sign(other).entries[0];
  }

  TestSigstore sigstore_;
  TestSigning signing_ = sigstore_.Keyless();
  TestJudge judge_{sigstore_};
  std::optional<Bundle> bundle_;
  std::map<std::string, std::string> annotations_;
};

TEST_F(LayerVerificationTest, AnIdentityHoldsWithALogEntry) {
  const BundleVerdict verdict = Judge();
  ASSERT_THAT(verdict, Holds());
  const auto& proof = std::get<Proof>(verdict);
  EXPECT_EQ(proof.subject, kTestSubject);
  EXPECT_THAT(proof.times, ElementsAre(kTestSigningTime));
  EXPECT_THAT(proof.log_indexes, ElementsAre(bundle_->entries[0].index));
  EXPECT_EQ(proof.predicate_type, "");
}

TEST_F(LayerVerificationTest, AnIdentityHoldsWithATimestamp) {
  Sign(TestWitness::kTimestamp);
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kTooFewWitnesses));
  judge_.witnesses = {.timestamps = 1, .certificate_timestamps = 1};
  EXPECT_THAT(Judge(), Holds());
}

TEST_F(LayerVerificationTest, AKeyHoldsWithALogEntryAndWithoutOne) {
  SignByKey();
  EXPECT_THAT(Judge(), Holds());
  annotations_.clear();
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kTooFewWitnesses));
  judge_.witnesses = {};
  EXPECT_THAT(Judge(), Holds());
}

TEST_F(LayerVerificationTest, WithoutACertificateItIsNoIdentitys) {
  annotations_.erase(std::string(kCertificateAnnotation));
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kWrongMaterial));
}

TEST_F(LayerVerificationTest, WithoutALogEntryItHasTooFewWitnesses) {
  annotations_.erase(std::string(kLogEntryAnnotation));
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kTooFewWitnesses));
}

TEST_F(LayerVerificationTest, ASignatureByAnotherKeyThanTheCertificatesIsBad) {
  signing_.key = crypto::TestKey::Generate();
  Sign(TestWitness::kRekor1);
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadSignature));
}

// GHSA-whqx-f9j3-ch6m (CVE-2026-22703) and GHSA-ccxc-vr6p-4858 (CVE-2022-23649): the log did take up
// such an entry, of another signature, of another signer's, of another payload's, one at a time and
// all at once.
TEST_F(LayerVerificationTest, AnEntryOfAnotherSignatureSignerOrPayloadIsBad) {
  for (const bool is_by_key : {false, true}) {
    if (is_by_key) SignByKey();
    const LogEntry other = OtherEntry();
    for (const char* place : {"/spec/signature/content", "/spec/signature/publicKey/content",
                              "/spec/data/hash/value"}) {
      SetEntry(bundle_->entries[0]);
      ASSERT_THAT(Judge(), Holds());
      SetEntry(EntryWith(place, other));
      EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadLogEntry)) << place;
    }
    SetEntry(other);
    EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadLogEntry));
  }
}

// GHSA-8gw7-4j42-w388 (CVE-2022-36056).
TEST_F(LayerVerificationTest, APromiseOverSomethingElseIsBad) {
  const LogEntry good = bundle_->entries[0];
  LogEntry bad = good;
  bad.promise = OtherEntry().promise;
  SetEntry(bad);
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadLogEntry));
  bad = good;
  bad.integrated_time += 1;
  SetEntry(bad);
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadLogEntry));
  bad = OtherEntry();
  bad.body = good.body;
  SetEntry(bad);
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadLogEntry));
}

// GHSA-8gw7-4j42-w388: what cannot be read is no success, and none that is asked for.
TEST_F(LayerVerificationTest, AnEntryThatCannotBeReadIsMalformed) {
  const std::string good = Annotation(kLogEntryAnnotation);
  const std::string body = absl::Base64Escape(bundle_->entries[0].body);
  for (const std::string& bad :
       {std::string("not JSON"), std::string("{}"), good + good, good.substr(1),
        absl::StrReplaceAll(good, {{absl::StrCat("\"", body, "\""), "7"}}),
        absl::StrReplaceAll(good, {{absl::StrCat("\"", body, "\""), R"({"kind":"x"})"}}),
        absl::StrReplaceAll(good, {{body, absl::Base64Escape("7")}}),
        absl::StrReplaceAll(good, {{"\"Payload\"", "\"payload\""}}),
        absl::StrReplaceAll(good, {{"\"logID\":\"", "\"logID\":\"x"}}),
        absl::StrReplaceAll(good, {{"\"logIndex\":", "\"logIndex\":-"}}),
        absl::StrReplaceAll(good, {{"\"logIndex\":", "\"logIndex\":1,\"logIndex\":"}})}) {
    Annotation(kLogEntryAnnotation) = bad;
    EXPECT_THAT(Judge(), IsRefusedAs(Refused::kMalformed)) << bad;
  }
  Annotation(kLogEntryAnnotation) =
      absl::StrReplaceAll(good, {{"{\"Payload\"", "{\"more\":1,\"Payload\""}});
  EXPECT_THAT(Judge(), Holds());
}

// Where only the key is asked, what else the layer says decides nothing.
TEST_F(LayerVerificationTest, AnEntryThatDoesNotHoldIsNothingBesideAKeyAlone) {
  SignByKey();
  judge_.witnesses = {};
  SetEntry(OtherEntry());
  EXPECT_THAT(Judge(), Holds());
  Annotation(kLogEntryAnnotation) = "not JSON";
  EXPECT_THAT(Judge(), Holds());
  bundle_->signature = OtherEntry().promise;
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadSignature));
}

// GHSA-fx35-mq7g-6g98: where a certificate belongs, a key is nothing.
TEST_F(LayerVerificationTest, AKeyThatStandsForACertificateIsMalformed) {
  Annotation(kCertificateAnnotation) = signing_.key.PublicPem();
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kMalformed));
  SignByKey();
  Annotation(kCertificateAnnotation) = signing_.key.PublicPem();
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kMalformed));
}

TEST_F(LayerVerificationTest, ACertificateForAnotherKeyIsNotThePolicysKey) {
  judge_.key = signing_.key.Public();
  judge_.witnesses = {.log_entries = 1};
  signing_.certificate.reset();
  Sign(TestWitness::kRekor1);
  const TestSigning other = sigstore_.Keyless();
  Annotation(kCertificateAnnotation) = sigstore_.Issue(sigstore_.Request(signing_.key)).Pem();
  EXPECT_THAT(Judge(), Holds());
  Annotation(kCertificateAnnotation) = other.certificate->Pem();
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kWrongMaterial));
}

// Cosign logs a certificate where there is one, whoever verifies it by the key.
TEST_F(LayerVerificationTest, AnEntryOfAKeysSignatureMayNameTheCertificateBesideIt) {
  judge_.key = signing_.key.Public();
  judge_.witnesses = {.log_entries = 1};
  EXPECT_THAT(Judge(), Holds());
  const crypto::Certificate another = sigstore_.Issue(sigstore_.Request(signing_.key));
  ASSERT_NE(another.der(), signing_.certificate->der());
  Annotation(kCertificateAnnotation) = another.Pem();
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadLogEntry));
  Annotation(kCertificateAnnotation) = "";
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadLogEntry));
}

// What is said to lead to the certificate leads nowhere, and spoils nothing.
TEST_F(LayerVerificationTest, AChainIsNotLookedAt) {
  Annotation("dev.sigstore.cosign/chain") = sigstore_.intermediate.Pem() + sigstore_.root.Pem();
  EXPECT_THAT(Judge(), Holds());
  Annotation("dev.sigstore.cosign/chain") = "no chain";
  EXPECT_THAT(Judge(), Holds());
  const TestSigstore stranger;
  Annotation("dev.sigstore.cosign/chain") = stranger.intermediate.Pem() + stranger.root.Pem();
  signing_.certificate = stranger.Issue(stranger.Request(signing_.key));
  const std::string chain = Annotation("dev.sigstore.cosign/chain");
  Sign(TestWitness::kRekor1);
  Annotation("dev.sigstore.cosign/chain") = chain;
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadCertificate));
}

TEST_F(LayerVerificationTest, ATimeOutsideTheCertificateIsRefused) {
  signing_.time = kTestSigningTime + absl::Minutes(5) + absl::Seconds(1);
  Sign(TestWitness::kRekor1);
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kCertificateNotValidThen));
}

TEST_F(LayerVerificationTest, ATimestampOfAnotherSignatureIsBad) {
  Sign(TestWitness::kTimestamp);
  judge_.witnesses = {.timestamps = 1, .certificate_timestamps = 1};
  bundle_->timestamps = {sigstore_.Stamp("another signature")};
  annotations_ = TestLayerAnnotations(*bundle_);
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadTimestamp));
  Annotation(kTimestampAnnotation) = "not JSON";
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kMalformed));
}

TEST_F(LayerVerificationTest, SomebodyElseIsAnotherIdentity) {
  judge_.identities[0].subject = "https://example.org/else";
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kWrongIdentity));
}

TEST_F(LayerVerificationTest, AnotherImageIsAnother) {
  judge_.image = oci::Digest::Of("another image");
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kWrongArtifact));
}

TEST_F(LayerVerificationTest, ASignatureIsNoAttestation) {
  judge_.predicate_type = "https://slsa.dev/provenance/v1";
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kWrongStatement));
}

}  // namespace
}  // namespace countersign::cosign
