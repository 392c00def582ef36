#include "cosign/item.h"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/status_matchers.h"
#include "base/test_heap.h"
#include "cosign/layer_witnesses.h"
#include "cosign/signed_envelope.h"
#include "cosign/test_attestation.h"
#include "cosign/test_sigstore.h"
#include "crypto/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

ItemPtr Make(const std::string& payload, const std::string& signature) {
  return SignatureLayerItem(oci::Digest::Of(payload), Payload::Of(payload), signature);
}

TEST(SignatureLayerItem, HoldsWhatItWasMadeOf) {
  const ItemPtr item = Make("payload", "signature");
  EXPECT_EQ(item->form, Form::kSignatureLayer);
  EXPECT_EQ(item->payload->bytes(), "payload");
  EXPECT_EQ(item->signature, "signature");
}

TEST(SignatureLayerItem, HasAnIdOfAllThatDecides) {
  EXPECT_EQ(Make("payload", "signature")->id, Make("payload", "signature")->id);
  EXPECT_NE(Make("payload", "signature")->id, Make("payload", "signaturf")->id);
  EXPECT_NE(Make("payload", "signature")->id, Make("payloae", "signature")->id);
  EXPECT_NE(Make("payload", "signature")->id, Make("payload signature", "")->id);
}

TEST(UnreadAttestationItem, HoldsNothing) {
  const ItemPtr item = UnreadAttestationItem();
  EXPECT_EQ(item->form, Form::kUnreadAttestation);
  EXPECT_EQ(ContentOf(*item).bytes, 0u);
  EXPECT_EQ(OwnBytes(*item), 0u);
  EXPECT_EQ(CountWitnesses(*item), 0u);
  EXPECT_NE(item->id, Item().id);
}

// A pusher's names are held as long as the item's error is.
TEST(BundleItem, SaysPrintablyAndInShortWhatIsWrong) {
  const auto item =
      BundleItem(absl::StrCat(R"({"\u001b[31m)", std::string(100'000, 'x'), R"(":1})"));
  ASSERT_FALSE(item.ok());
  const std::string sentence(item.status().message());
  EXPECT_LE(sentence.size(), 600u);
  EXPECT_EQ(base::Printable(sentence, 600), sentence);
}

TEST(SignatureLayerItem, HasAnIdOfItsWitnessesToo) {
  const auto make = [](std::string signature,
                       absl::StatusOr<std::shared_ptr<const LayerWitnesses>> witnesses) {
    return SignatureLayerItem(oci::Digest::Of("payload"), Payload::Of("payload"),
                              std::move(signature), std::move(witnesses));
  };
  LayerWitnesses witnesses;
  witnesses.id = crypto::Sha256("annotations");
  const auto witnessed = std::make_shared<const LayerWitnesses>(witnesses);
  witnesses.id = crypto::Sha256("other annotations");
  const auto otherwise = std::make_shared<const LayerWitnesses>(witnesses);
  EXPECT_EQ(make("signature", witnessed)->id, make("signature", witnessed)->id);
  EXPECT_NE(make("signature", witnessed)->id, make("signature", nullptr)->id);
  EXPECT_NE(make("signature", witnessed)->id, make("signature", otherwise)->id);
  EXPECT_NE(make("signature", witnessed)->id,
            make("signature", absl::InvalidArgumentError("it cannot be read"))->id);
  // Not even with a signature that goes on as they would be written.
  const std::string id(witnessed->id.begin(), witnessed->id.end());
  EXPECT_NE(make("signature", witnessed)->id, make("signature witnesses " + id, nullptr)->id);
  EXPECT_NE(make("signature", absl::InvalidArgumentError("why"))->id,
            make("signature unreadable: why", nullptr)->id);
}

// An attestation, as it is read.
ItemPtr Attested(const TestAttestation& attestation) { return attestation.Read().value(); }

TEST(AttestationLayerItem, HoldsWhatItWasMadeOf) {
  TestSigstore sigstore;
  TestSigning signing = sigstore.Keyless();
  signing.envelope = TestAttestedEnvelope();
  const TestAttestation attestation = Attest(sigstore, signing);
  const ItemPtr item = Attested(attestation);
  EXPECT_EQ(item->form, Form::kAttestationLayer);
  ASSERT_NE(item->attestation, nullptr);
  EXPECT_EQ(item->attestation->envelope().payload(), signing.envelope.payload);
  EXPECT_EQ(item->attestation->text_sha256(), attestation.digest().hex());
  // Nobody has stamped it.
  EXPECT_EQ(item->attestation->text(), nullptr);
  ASSERT_THAT(item->witnesses, base::IsOk());
  ASSERT_NE(*item->witnesses, nullptr);
  EXPECT_TRUE((*item->witnesses)->certificate.has_value());
  EXPECT_EQ(ContentOf(*item).id, item->attestation.get());
  EXPECT_GE(ContentOf(*item).bytes, signing.envelope.payload.size());
  EXPECT_GE(OwnBytes(*item), (*item->witnesses)->memory_bytes());
}

TEST(AttestationLayerItem, KeepsItsTextWhereItIsStamped) {
  TestSigstore sigstore;
  TestSigning signing;
  signing.witnesses = {TestWitness::kTimestamp};
  const TestAttestation attestation = Attest(sigstore, signing);
  const ItemPtr item = Attested(attestation);
  ASSERT_NE(item->attestation->text(), nullptr);
  EXPECT_EQ(item->attestation->text()->bytes(), attestation.blob);
  EXPECT_GE(ContentOf(*item).bytes, 2 * signing.envelope.payload.size());
}

TEST(AttestationLayerItem, MakesNoCopyOfATextThatIsStamped) {
  TestSigstore sigstore;
  TestSigning signing;
  signing.witnesses = {TestWitness::kTimestamp};
  const TestAttestation attestation = Attest(sigstore, signing);
  std::string blob = attestation.blob;
  const char* const bytes = blob.data();
  const ItemPtr item = AttestationLayerItem(attestation.digest(), std::move(blob),
                                            ReadLayerWitnesses(attestation.annotations))
                           .value();
  EXPECT_EQ(item->attestation->text()->bytes().data(), bytes);
}

// What room is made for (verifier/evidence/evidence_text.h). Nothing is measured where a sanitizer
// counts for itself.
TEST(AttestationLayerItem, TakesThreeTimesItsTextAtTheMostWhileItIsRead) {
  constexpr size_t kBytes = 750'000;
  constexpr size_t kOfValues = 100'000;
  TestSigstore sigstore;
  const std::string spaces(kBytes, ' ');
  const std::string long_name =
      WriteTestStatement(absl::StrCat(R"({"name":")", std::string(kBytes, 'n'), R"("})"));
  for (const std::string& payload : {WriteTestStatement(TestImage()) + spaces, long_name}) {
    TestSigning signing;
    signing.envelope.payload = payload;
    signing.witnesses = {};
    const TestAttestation plain = Attest(sigstore, signing);
    signing.witnesses = {TestWitness::kTimestamp};
    const TestAttestation stamped = Attest(sigstore, signing);
    const size_t size = plain.blob.size();
    // What is made at the first time stays.
    ASSERT_THAT(plain.Read(), base::IsOk());
    ASSERT_THAT(stamped.Read(), base::IsOk());
    const base::HeapPeak of_plain;
    EXPECT_THAT(plain.Read(), base::IsOk());
    EXPECT_LE(of_plain.bytes(), 3 * size + kOfValues);
    const base::HeapPeak of_stamped;
    EXPECT_THAT(stamped.Read(), base::IsOk());
    EXPECT_LE(of_stamped.bytes(), 3 * size + kOfValues + (payload == long_name ? size / 4 : 0));
  }
}

TEST(AttestationLayerItem, HasAnIdOfAllThatDecides) {
  TestSigstore sigstore;
  const TestAttestation attestation = Attest(sigstore, {});
  const auto id = Attested(attestation)->id;
  EXPECT_EQ(Attested(attestation)->id, id);
  TestAttestation other = attestation;
  other.blob += " ";
  EXPECT_NE(Attested(other)->id, id);
  other = attestation;
  other.annotations = Attest(sigstore, {}).annotations;
  EXPECT_NE(Attested(other)->id, id);
  other.annotations = {};
  EXPECT_NE(Attested(other)->id, id);
  const auto unreadable = AttestationLayerItem(attestation.digest(), attestation.blob,
                                               absl::InvalidArgumentError("it cannot be read"));
  EXPECT_NE(unreadable.value()->id, id);
  EXPECT_NE(unreadable.value()->id, Attested(other)->id);
}

TEST(AttestationLayerItem, SaysPrintablyAndInShortWhatIsWrong) {
  for (const std::string& blob :
       {std::string("not JSON"), std::string("{}"), std::string(kMaxEnvelopeBytes + 1, ' '),
        absl::StrCat(R"({"\u001b[31m)", std::string(100'000, 'x'), R"(":1})")}) {
    const auto item = AttestationLayerItem(oci::Digest::Of(blob), blob, nullptr);
    ASSERT_FALSE(item.ok());
    const std::string sentence(item.status().message());
    EXPECT_LE(sentence.size(), 600u);
    EXPECT_EQ(base::Printable(sentence, 600), sentence);
  }
}

}  // namespace
}  // namespace countersign::cosign
