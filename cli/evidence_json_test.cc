#include "cli/evidence_json.h"

#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

TEST(EvidenceJson, OfAKeyHasItsDigestAndNothingThatIsEmpty) {
  v1::Evidence evidence;
  evidence.set_authority("release");
  evidence.set_form(v1::EVIDENCE_FORM_SIGNATURE_LAYER);
  evidence.set_key_sha256("0123");
  EXPECT_EQ(WriteEvidence(evidence),
            base::Json::parse(
                R"({"authority": "release", "form": "SIGNATURE_LAYER", "keySha256": "0123"})"));
}

TEST(EvidenceJson, OfAnIdentityHasAllThatIsKnownOfIt) {
  v1::Evidence evidence;
  evidence.set_authority("workflow");
  evidence.set_form(v1::EVIDENCE_FORM_BUNDLE);
  evidence.mutable_identity()->set_issuer("https://issuer");
  evidence.mutable_identity()->set_subject("https://workflow");
  (*evidence.mutable_identity()->mutable_extensions())["runnerEnvironment"] = "github-hosted";
  evidence.add_times()->set_seconds(1'767'323'045);
  google::protobuf::Timestamp* const later = evidence.add_times();
  later->set_seconds(1'767'323'045);
  later->set_nanos(250'000'000);
  evidence.add_log_indexes(7);
  evidence.add_log_indexes(18'446'744'073'709'551'615u);
  evidence.set_predicate_type("https://slsa.dev/provenance/v1");
  EXPECT_EQ(WriteEvidence(evidence), base::Json::parse(R"({
    "authority": "workflow",
    "form": "BUNDLE",
    "identity": {"issuer": "https://issuer", "subject": "https://workflow",
                 "extensions": {"runnerEnvironment": "github-hosted"}},
    "times": ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.25Z"],
    "logIndexes": [7, 18446744073709551615],
    "predicateType": "https://slsa.dev/provenance/v1"
  })"));
}

// Another verifier's, which may know more.
TEST(EvidenceJson, OfAFormThatIsNotKnownIsWithoutOne) {
  v1::Evidence evidence;
  evidence.set_authority("later");
  evidence.set_form(static_cast<v1::EvidenceForm>(99));
  EXPECT_EQ(WriteEvidence(evidence), base::Json::parse(R"({"authority": "later"})"));
  EXPECT_EQ(WriteEvidence(v1::Evidence()), base::Json::object());
}

}  // namespace
}  // namespace countersign::cli
