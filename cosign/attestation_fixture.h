#ifndef COUNTERSIGN_COSIGN_ATTESTATION_FIXTURE_H_
#define COUNTERSIGN_COSIGN_ATTESTATION_FIXTURE_H_

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "base/json.h"
#include "cosign/bundle.h"
#include "cosign/checkpoint.h"
#include "cosign/item.h"
#include "cosign/log_entry_data.h"
#include "cosign/outcome.h"
#include "cosign/pay.h"
#include "cosign/refusal.h"
#include "cosign/test_attestation.h"
#include "cosign/test_judge.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "cosign/verify.h"
#include "gtest/gtest.h"

namespace countersign::cosign {

// An attestation layer that cosign before bundles has made for an identity, and Rekor 1 has logged:
// each test changes one thing of it.
class AttestationTest : public ::testing::Test {
 protected:
  AttestationTest() {
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

  BundleVerdict Judge(Pay pay = PayWhatever) const {
    const absl::StatusOr<ItemPtr> item = layer_.Read();
    if (!item.ok()) return Refusal{Refused::kMalformed, std::string(item.status().message())};
    const Outcome outcome =
        Verify(**item, {judge_.image, judge_.predicate_type}, *judge_.signer(), pay);
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
  LogEntry EntryWith(std::string_view pointer, const base::Json& value) {
    const LogEntry good = GoodEntry();
    base::Json body = base::Json::parse(good.body);
    base::Json& place = body.at(base::Json::json_pointer(std::string(pointer)));
    EXPECT_NE(place, value) << pointer;
    place = value;
    return sigstore_.rekor1.Log(good.kind, good.version, body.dump(), kTestSigningTime);
  }
  // The last signature in the envelope, raw bytes.
  std::string Signature() const {
    const base::Json envelope = base::Json::parse(layer_.blob);
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

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_ATTESTATION_FIXTURE_H_
