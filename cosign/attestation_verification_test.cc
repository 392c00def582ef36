#include "cosign/attestation_verification.h"

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "cosign/bundle.h"
#include "cosign/checkpoint.h"
#include "cosign/item.h"
#include "cosign/layer_witnesses.h"
#include "cosign/log_entry_data.h"
#include "cosign/outcome.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"
#include "cosign/statement.h"
#include "cosign/test_attestation.h"
#include "cosign/test_judge.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "cosign/verify.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"

namespace countersign::cosign {
namespace {

using base::Json;
using ::testing::ElementsAre;

// An attestation layer that cosign before bundles has made for an identity, and Rekor 1 has logged:
// each test changes one thing of it.
class AttestationVerificationTest : public ::testing::Test {
 protected:
  AttestationVerificationTest() {
    signing_.envelope = TestAttestedEnvelope();
    judge_.predicate_type = std::string(kTestPredicateType);
    Make();
  }

  void Make(TestStamped stamped = TestStamped::kEnvelope, std::vector<std::string> others = {}) {
    layer_ = Attest(sigstore_, signing_, stamped, std::move(others));
  }
  // By a key without a certificate, with a log.
  void MakeByKey() {
    signing_.certificate.reset();
    judge_.key = signing_.key.Public();
    judge_.witnesses = {.log_entries = 1};
    Make();
  }
  void AskForTimestamp() {
    signing_.witnesses = {TestWitness::kTimestamp};
    judge_.witnesses = {.timestamps = 1, .certificate_timestamps = 1};
  }

  BundleVerdict Judge() const {
    const absl::StatusOr<ItemPtr> item = layer_.Read();
    if (!item.ok()) return Refusal{Refused::kMalformed, std::string(item.status().message())};
    const Outcome outcome = Verify(**item, {judge_.image, judge_.predicate_type}, *judge_.signer());
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return *refusal;
    return std::get<Verified>(outcome).proof();
  }

  std::string& Annotation(std::string_view name) { return layer_.annotations[std::string(name)]; }
  // The log's entry of the layer as it is, and that entry in the annotation.
  LogEntry GoodEntry() {
    signing_.envelope_text = layer_.blob;
    return LogTestSignature(sigstore_.rekor1, LogGeneration::kRekor1, signing_, Signature());
  }
  void SetEntry(const LogEntry& entry) {
    Bundle bundle;
    bundle.entries = {entry};
    for (const auto& [name, value] : TestLayerAnnotations(bundle)) layer_.annotations[name] = value;
  }
  // What the log makes of the good entry's body with `value` at the pointer.
  LogEntry EntryWith(std::string_view pointer, const Json& value) {
    const LogEntry good = GoodEntry();
    Json body = Json::parse(good.body);
    Json& place = body.at(Json::json_pointer(std::string(pointer)));
    EXPECT_NE(place, value) << pointer;
    place = value;
    return sigstore_.rekor1.Log(good.kind, good.version, body.dump(), kTestSigningTime);
  }
  // The last signature in the envelope, raw bytes.
  std::string Signature() const {
    const Json envelope = Json::parse(layer_.blob);
    std::string raw;
    EXPECT_TRUE(
        absl::Base64Unescape(envelope["signatures"].back()["sig"].get<std::string>(), &raw));
    return raw;
  }

  TestSigstore sigstore_;
  TestSigning signing_ = sigstore_.Keyless();
  TestJudge judge_{sigstore_};
  TestAttestation layer_;
};

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

TEST_F(AttestationVerificationTest, EachKindOfEntryThatRekor1MakesHolds) {
  for (const auto& [kind, version] :
       {std::pair{"dsse", "0.0.1"}, {"intoto", "0.0.1"}, {"intoto", "0.0.2"}}) {
    signing_.envelope_kind = kind;
    signing_.envelope_version = version;
    Make();
    EXPECT_THAT(Judge(), Holds()) << kind << " " << version;
  }
}

// As cosign before 3 has it stamped, and as cosign 3 does.
TEST_F(AttestationVerificationTest, ATimestampIsOfTheEnvelopeOrOfTheSignature) {
  AskForTimestamp();
  for (const TestStamped stamped : {TestStamped::kEnvelope, TestStamped::kSignature}) {
    Make(stamped);
    EXPECT_THAT(Judge(), Holds());
  }
}

TEST_F(AttestationVerificationTest, ATimestampOfSomethingElseIsBad) {
  AskForTimestamp();
  for (const std::string& other : {signing_.envelope.payload, signing_.SignedBytes(),
                                   absl::StrCat(layer_.blob, " "), std::string("else")}) {
    Bundle stamped;
    stamped.timestamps = {sigstore_.Stamp(other)};
    for (const auto& [name, value] : TestLayerAnnotations(stamped)) Annotation(name) = value;
    EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadTimestamp));
  }
}

TEST_F(AttestationVerificationTest, AStampedEnvelopeIsOfItsWholeText) {
  AskForTimestamp();
  Make();
  ASSERT_THAT(Judge(), Holds());
  // The same JSON.
  layer_.blob += "\n";
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadTimestamp));
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

TEST_F(AttestationVerificationTest, AnEntryOfSeveralSignaturesNamesTheOneThatHolds) {
  const crypto::TestKey stranger = crypto::TestKey::Generate();
  const std::string other = stranger.Sign(signing_.SignedBytes());
  Make(TestStamped::kEnvelope, {other});
  const LogEntry good = GoodEntry();
  Json body = Json::parse(good.body);
  const Json named = body["spec"]["signatures"][0];
  const Json others = {
      {"signature", absl::Base64Escape(other)},
      {"verifier", absl::Base64Escape(stranger.PublicPem())},
  };
  const auto judged = [&](const Json& signatures) {
    body["spec"]["signatures"] = signatures;
    SetEntry(sigstore_.rekor1.Log(good.kind, good.version, body.dump(), kTestSigningTime));
    return Judge();
  };
  EXPECT_THAT(judged(Json::array({named})), Holds());
  EXPECT_THAT(judged(Json::array({others, named})), Holds());
  EXPECT_THAT(judged(Json::array({others})), IsRefusedAs(Refused::kBadLogEntry));
  // Nor is one that holds by somebody else's verifier.
  Json mixed = others;
  mixed["verifier"] = named["verifier"];
  EXPECT_THAT(judged(Json::array({mixed})), IsRefusedAs(Refused::kBadLogEntry));
  mixed = named;
  mixed["verifier"] = others["verifier"];
  EXPECT_THAT(judged(Json::array({mixed})), IsRefusedAs(Refused::kBadLogEntry));
}

// Whoever signs twice may have had either logged.
TEST_F(AttestationVerificationTest, OfTwoBySameKeyTheOneThatIsLoggedHolds) {
  MakeByKey();
  const std::string other = signing_.key.Sign(signing_.SignedBytes());
  Make(TestStamped::kEnvelope, {other});
  EXPECT_THAT(Judge(), Holds());
}

// GHSA-whqx-f9j3-ch6m (CVE-2026-22703) and GHSA-ccxc-vr6p-4858 (CVE-2022-23649): the log did take
// up such an entry, of another signature, signer, payload or envelope, one at a time and all at
// once.
TEST_F(AttestationVerificationTest, AnEntryOfSomethingElseIsBad) {
  for (const bool is_by_key : {false, true}) {
    if (is_by_key) MakeByKey();
    TestSigning other = sigstore_.Keyless();
    if (is_by_key) other.certificate.reset();
    other.envelope = TestAttestedEnvelope(oci::Digest::Of("another image"));
    other.envelope_text = "another envelope";
    const std::string signature = other.key.Sign(other.SignedBytes());
    for (const auto& [kind, version, places] :
         {std::tuple{"dsse", "0.0.1",
                     std::vector{"/spec/signatures/0/signature", "/spec/signatures/0/verifier",
                                 "/spec/payloadHash/value", "/spec/envelopeHash/value"}},
          {"intoto", "0.0.1",
           std::vector{"/spec/publicKey", "/spec/content/payloadHash/value",
                       "/spec/content/hash/value"}},
          {"intoto", "0.0.2",
           std::vector{"/spec/content/envelope/signatures/0/sig",
                       "/spec/content/envelope/signatures/0/publicKey",
                       "/spec/content/payloadHash/value", "/spec/content/hash/value"}}}) {
      for (TestSigning* signing : {&signing_, &other}) {
        signing->envelope_kind = kind;
        signing->envelope_version = version;
      }
      const LogEntry others =
          LogTestSignature(sigstore_.rekor1, LogGeneration::kRekor1, other, signature);
      SetEntry(GoodEntry());
      ASSERT_THAT(Judge(), Holds()) << kind << " " << version;
      for (const char* place : places) {
        SetEntry(EntryWith(place, Json::parse(others.body).at(Json::json_pointer(place))));
        EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadLogEntry)) << kind << " " << place;
      }
      SetEntry(others);
      EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadLogEntry)) << kind << " " << version;
    }
  }
}

// GHSA-8gw7-4j42-w388 (CVE-2022-36056).
TEST_F(AttestationVerificationTest, APromiseOverSomethingElseIsBad) {
  const LogEntry good = GoodEntry();
  LogEntry bad = good;
  bad.promise = GoodEntry().promise;
  SetEntry(bad);
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadLogEntry));
  bad = good;
  bad.integrated_time += 1;
  SetEntry(bad);
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadLogEntry));
  SetEntry(good);
  EXPECT_THAT(Judge(), Holds());
}

TEST_F(AttestationVerificationTest, AnEntryThatCannotBeReadIsMalformed) {
  Annotation(kLogEntryAnnotation) = "not JSON";
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kMalformed));
  // Where only the key is asked, it decides nothing.
  MakeByKey();
  judge_.witnesses = {};
  Annotation(kLogEntryAnnotation) = "not JSON";
  EXPECT_THAT(Judge(), Holds());
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

TEST_F(AttestationVerificationTest, ATimeOutsideTheCertificateIsRefused) {
  signing_.time = kTestSigningTime + absl::Minutes(5) + absl::Seconds(1);
  Make();
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kCertificateNotValidThen));
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

TEST_F(AttestationVerificationTest, EachKeyTypeHolds) {
  using crypto::TestKeyType;
  for (const TestKeyType type :
       {TestKeyType::kEcdsaP256, TestKeyType::kEcdsaP384, TestKeyType::kEcdsaP521,
        TestKeyType::kRsa2048, TestKeyType::kEd25519}) {
    signing_.key = crypto::TestKey::Generate(type);
    MakeByKey();
    EXPECT_THAT(Judge(), Holds()) << judge_.key->Description();
  }
}

TEST_F(AttestationVerificationTest, CostsWhatItsSignaturesDo) {
  MakeByKey();
  judge_.witnesses = {};
  const auto cost = [this] { return CostToVerify(*layer_.Read().value(), *judge_.signer()); };
  EXPECT_EQ(cost(), 1u);
  // No key of that kind has made the second.
  Make(TestStamped::kEnvelope, {signing_.key.Sign("else"), std::string(300, 's')});
  EXPECT_EQ(cost(), 2u);
  judge_.witnesses = {.log_entries = 1};
  EXPECT_GT(cost(), 2u);
}

}  // namespace
}  // namespace countersign::cosign
