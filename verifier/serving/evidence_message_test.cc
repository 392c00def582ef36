#include "verifier/serving/evidence_message.h"

#include <utility>

#include "absl/time/time.h"
#include "cosign/identity.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using cosign::Form;
using testing::ElementsAre;
using testing::IsEmpty;

v1::Evidence Written(const policy::Held& held) {
  v1::Evidence message;
  WriteEvidence(held, message);
  return message;
}

TEST(EvidenceMessage, OfAKeyHasItsDigest) {
  const v1::Evidence message = Written(
      {.authority = "release", .form = Form::kSignatureLayer, .key_sha256 = "0123456789abcdef"});
  EXPECT_EQ(message.authority(), "release");
  EXPECT_EQ(message.form(), v1::EVIDENCE_FORM_SIGNATURE_LAYER);
  EXPECT_EQ(message.signer_case(), v1::Evidence::kKeySha256);
  EXPECT_EQ(message.key_sha256(), "0123456789abcdef");
  EXPECT_THAT(message.times(), IsEmpty());
  EXPECT_THAT(message.log_indexes(), IsEmpty());
  EXPECT_EQ(message.predicate_type(), "");
}

TEST(EvidenceMessage, OfAnIdentityHasAllThatIsKnownOfIt) {
  policy::Held held = {.authority = "workflow", .form = Form::kBundleV03};
  held.proof.identity = cosign::CertificateIdentity{
      .issuer = "https://issuer",
      .extensions = {{"issuer", "https://issuer"}, {"sourceRepositoryURI", "https://repository"}}};
  held.proof.subject = "https://workflow";
  held.proof.times = {absl::FromUnixSeconds(7), absl::FromUnixMillis(1'800'000'000'250)};
  held.proof.log_indexes = {7, 1'000'000'000'000};
  held.proof.predicate_type = "https://slsa.dev/provenance/v1";
  const v1::Evidence message = Written(held);
  EXPECT_EQ(message.form(), v1::EVIDENCE_FORM_BUNDLE);
  EXPECT_EQ(message.signer_case(), v1::Evidence::kIdentity);
  EXPECT_EQ(message.identity().issuer(), "https://issuer");
  EXPECT_EQ(message.identity().subject(), "https://workflow");
  ASSERT_EQ(message.identity().extensions().size(), 2u);
  EXPECT_EQ(message.identity().extensions().at("sourceRepositoryURI"), "https://repository");
  ASSERT_EQ(message.times_size(), 2);
  EXPECT_EQ(message.times(0).seconds(), 7);
  EXPECT_EQ(message.times(0).nanos(), 0);
  EXPECT_EQ(message.times(1).seconds(), 1'800'000'000);
  EXPECT_EQ(message.times(1).nanos(), 250'000'000);
  EXPECT_THAT(message.log_indexes(), ElementsAre(7u, 1'000'000'000'000u));
  EXPECT_EQ(message.predicate_type(), "https://slsa.dev/provenance/v1");
}

TEST(EvidenceMessage, GivesEveryFormTheContractsWord) {
  constexpr std::pair<Form, v1::EvidenceForm> kForms[] = {
      {Form::kUnspecified, v1::EVIDENCE_FORM_UNSPECIFIED},
      {Form::kSignatureLayer, v1::EVIDENCE_FORM_SIGNATURE_LAYER},
      {Form::kAttestationLayer, v1::EVIDENCE_FORM_ATTESTATION_LAYER},
      {Form::kUnreadAttestation, v1::EVIDENCE_FORM_UNSPECIFIED},
      {Form::kBundleV01, v1::EVIDENCE_FORM_BUNDLE},
      {Form::kBundleV02, v1::EVIDENCE_FORM_BUNDLE},
      {Form::kBundleV03, v1::EVIDENCE_FORM_BUNDLE},
  };
  for (const auto& [form, word] : kForms) EXPECT_EQ(ToProto(form), word);
}

}  // namespace
}  // namespace countersign::verifier
