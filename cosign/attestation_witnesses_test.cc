// Which logs and timestamp authorities count as witnesses of an attestation layer.

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "cosign/attestation_fixture.h"
#include "cosign/bundle.h"
#include "cosign/checkpoint.h"
#include "cosign/layer_witnesses.h"
#include "cosign/log_entry_data.h"
#include "cosign/refusal.h"
#include "cosign/test_attestation.h"
#include "cosign/test_judge.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"

namespace countersign::cosign {
namespace {

using base::Json;

using AttestationWitnessesTest = AttestationTest;

TEST_F(AttestationWitnessesTest, EachKindOfEntryThatRekor1MakesHolds) {
  for (const auto& [kind, version] :
       {std::pair{"dsse", "0.0.1"}, {"intoto", "0.0.1"}, {"intoto", "0.0.2"}}) {
    signing_.envelope_kind = kind;
    signing_.envelope_version = version;
    Make();
    EXPECT_THAT(Judge(), Holds()) << kind << " " << version;
  }
}

// As cosign before 3 has it stamped, and as cosign 3 does.
TEST_F(AttestationWitnessesTest, ATimestampIsOfTheEnvelopeOrOfTheSignature) {
  AskForTimestamp();
  for (const TestStamped stamped : {TestStamped::kEnvelope, TestStamped::kSignature}) {
    Make(stamped);
    EXPECT_THAT(Judge(), Holds());
  }
}

TEST_F(AttestationWitnessesTest, ATimestampOfSomethingElseIsBad) {
  AskForTimestamp();
  for (const std::string& other : {signing_.envelope.payload, signing_.SignedBytes(),
                                   absl::StrCat(layer_.blob, " "), std::string("else")}) {
    Bundle stamped;
    stamped.timestamps = {sigstore_.Stamp(other)};
    for (const auto& [name, value] : TestLayerAnnotations(stamped)) Annotation(name) = value;
    EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadTimestamp));
  }
}

TEST_F(AttestationWitnessesTest, AStampedEnvelopeIsOfItsWholeText) {
  AskForTimestamp();
  Make();
  ASSERT_THAT(Judge(), Holds());
  // The same JSON.
  layer_.blob += "\n";
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kBadTimestamp));
}

TEST_F(AttestationWitnessesTest, AnEntryOfSeveralSignaturesNamesTheOneThatHolds) {
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
TEST_F(AttestationWitnessesTest, OfTwoBySameKeyTheOneThatIsLoggedHolds) {
  MakeByKey();
  const std::string other = signing_.key.Sign(signing_.SignedBytes());
  Make(TestStamped::kEnvelope, {other});
  EXPECT_THAT(Judge(), Holds());
}

// GHSA-whqx-f9j3-ch6m (CVE-2026-22703) and GHSA-ccxc-vr6p-4858 (CVE-2022-23649): the log did take
// up such an entry, of another signature, signer, payload or envelope, one at a time and all at
// once.
TEST_F(AttestationWitnessesTest, AnEntryOfSomethingElseIsBad) {
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
TEST_F(AttestationWitnessesTest, APromiseOverSomethingElseIsBad) {
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

TEST_F(AttestationWitnessesTest, AnEntryThatCannotBeReadIsMalformed) {
  Annotation(kLogEntryAnnotation) = "not JSON";
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kMalformed));
  // Where only the key is asked, it decides nothing.
  MakeByKey();
  judge_.witnesses = {};
  Annotation(kLogEntryAnnotation) = "not JSON";
  EXPECT_THAT(Judge(), Holds());
}

TEST_F(AttestationWitnessesTest, ATimeOutsideTheCertificateIsRefused) {
  signing_.time = kTestSigningTime + absl::Minutes(5) + absl::Seconds(1);
  Make();
  EXPECT_THAT(Judge(), IsRefusedAs(Refused::kCertificateNotValidThen));
}

}  // namespace
}  // namespace countersign::cosign
