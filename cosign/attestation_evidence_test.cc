#include "cosign/attestation_evidence.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/test_heap.h"
#include "cosign/dsse.h"
#include "cosign/signed_envelope.h"
#include "cosign/test_sigstore.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"

namespace countersign::cosign {
namespace {

using ::testing::ElementsAre;

std::unique_ptr<const AttestationEvidence> Make(const SignedEnvelope& envelope,
                                                std::string_view stamped = "") {
  return std::make_unique<const AttestationEvidence>(
      envelope, oci::Digest::Of("text"),
      stamped.empty() ? nullptr : std::make_unique<const crypto::Message>(std::string(stamped)));
}

SignedEnvelope Good() {
  return {.envelope = {std::string(kInTotoPayloadType), WriteTestStatement(TestImage())},
          .signatures = {"signature"}};
}

TEST(AttestationEvidence, HasWhatAnEnvelopeSigns) {
  const auto evidence = Make(Good());
  const std::string payload = WriteTestStatement(TestImage());
  EXPECT_EQ(evidence->envelope().signed_bytes().bytes(),
            PreAuthenticationEncoding(kInTotoPayloadType, payload));
  EXPECT_EQ(evidence->envelope().payload_type(), kInTotoPayloadType);
  EXPECT_EQ(evidence->envelope().payload(), payload);
  EXPECT_TRUE(evidence->envelope().statement().ok());
  EXPECT_THAT(evidence->signatures(), ElementsAre("signature"));
  EXPECT_EQ(evidence->text_sha256(), oci::Digest::Of("text").hex());
  EXPECT_EQ(evidence->text(), nullptr);
  EXPECT_EQ(Make(Good(), "text")->text()->bytes(), "text");
}

// Whose lengths are in what is signed, too.
TEST(AttestationEvidence, FindsTypesAndPayloadsOfEachLength) {
  for (const size_t type : {0u, 1u, 9u, 10u, 100u}) {
    for (const size_t payload : {0u, 1u, 9u, 10u, 1000u}) {
      const Envelope envelope = {std::string(type, ' '), std::string(payload, '1')};
      const auto evidence = Make({.envelope = envelope, .signatures = {"signature"}});
      EXPECT_EQ(evidence->envelope().payload_type(), envelope.payload_type);
      EXPECT_EQ(evidence->envelope().payload(), envelope.payload);
    }
  }
}

TEST(AttestationEvidenceMemory, IsNoLessThanWhatIsHeld) {
  SignedEnvelope several = Good();
  several.signatures.assign(8, std::string(10'000, 's'));
  SignedEnvelope long_type = Good();
  long_type.envelope.payload_type = std::string(100'000, 't');
  SignedEnvelope subjects = Good();
  std::string list = "{}";
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&list, R"(,{"name":"subject number )", i, "\"}");
  subjects.envelope.payload = WriteTestStatement(list);
  for (const SignedEnvelope& envelope : {Good(), several, long_type, subjects}) {
    for (const std::string& stamped : {std::string(), std::string(100'000, 't')}) {
      // What is made at the first time stays.
      ASSERT_NE(Make(envelope, stamped), nullptr);
      const size_t before = base::HeapBytes();
      const auto evidence = Make(envelope, stamped);
      EXPECT_GE(evidence->memory_bytes(), base::HeapBytes() - before);
    }
  }
}

}  // namespace
}  // namespace countersign::cosign
