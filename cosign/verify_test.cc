#include "cosign/verify.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "cosign/signature_layer.h"
#include "cosign/test_pay.h"
#include "cosign/test_signer.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"
#include "oci/manifest.h"

namespace countersign::cosign {
namespace {

using crypto::SignatureScheme;
using crypto::TestKey;

std::string PayloadOf(std::string_view digest) {
  return R"({"critical":{"image":{"docker-manifest-digest":")" + std::string(digest) + R"("}}})";
}

// Nullopt: it holds.
std::optional<Refused> WhyRefused(const Outcome& outcome) {
  const auto* refusal = std::get_if<Refusal>(&outcome);
  return refusal == nullptr ? std::nullopt : std::optional(refusal->reason);
}

std::optional<Refused> WhyRefused(const std::optional<Refusal>& refusal) {
  return refusal.has_value() ? std::optional(refusal->reason) : std::nullopt;
}

// The item of a layer with these bytes, whoever has signed others.
ItemPtr Layer(const std::string& payload, const std::string& signature) {
  return SignatureLayerItem(oci::Digest::Of(payload), Payload::Of(payload), signature);
}

class VerifyTest : public testing::Test {
 protected:
  Outcome By(const TestSigner& signer, const ItemPtr& item) const {
    return Verify(*item, claim_, *KeySigner(signer.key().Public()));
  }
  // What is paid to verify it by alice.
  size_t UnitsOf(const Item& item) const {
    TestPay pay;
    Verify(item, claim_, *KeySigner(alice_.key().Public()), pay);
    return pay.units;
  }

  const oci::Digest image_ = oci::Digest::Of("the image");
  const oci::Digest other_ = oci::Digest::Of("another image");
  const Claim claim_ = {.image = image_};
  const TestSigner alice_{TestKey::Generate()};
  const TestSigner stranger_{TestKey::Generate()};
};

TEST_F(VerifyTest, ASignatureByTheSignerForTheImageHolds) {
  const Outcome outcome = By(alice_, alice_.Sign(image_));
  ASSERT_TRUE(std::holds_alternative<Verified>(outcome));
  EXPECT_EQ(std::get<Verified>(outcome).claim().image, image_);
  EXPECT_EQ(std::get<Verified>(outcome).proof().scheme, SignatureScheme::kEcdsaSha256);
  EXPECT_EQ(WhyRefused(FindRefusal(*alice_.Sign(image_), claim_)), std::nullopt);
}

TEST_F(VerifyTest, AStrangersSignatureDoesNotHold) {
  const ItemPtr item = stranger_.Sign(image_);
  EXPECT_EQ(WhyRefused(By(alice_, item)), Refused::kBadSignature);
  EXPECT_EQ(std::get<Refusal>(By(alice_, item)).sentence, "the key did not make it");
  // Which only the key says.
  EXPECT_EQ(WhyRefused(FindRefusal(*item, claim_)), std::nullopt);
}

TEST_F(VerifyTest, WhatNeedsNoKeyIsRefusedWhoeverTheSignerIs) {
  for (const TestSigner* signer : {&alice_, &stranger_}) {
    const ItemPtr of_another = signer->Sign(other_);
    EXPECT_EQ(WhyRefused(By(alice_, of_another)), Refused::kWrongArtifact);
    EXPECT_EQ(WhyRefused(FindRefusal(*of_another, claim_)), Refused::kWrongArtifact);
    const ItemPtr malformed = signer->SignPayload("{");
    EXPECT_EQ(WhyRefused(By(alice_, malformed)), Refused::kMalformed);
    EXPECT_EQ(WhyRefused(FindRefusal(*malformed, claim_)), Refused::kMalformed);
  }
}

TEST_F(VerifyTest, AnItemOfNoFormHoldsForNobody) {
  const Item item = {};
  EXPECT_EQ(WhyRefused(Verify(item, claim_, *KeySigner(alice_.key().Public()))),
            Refused::kMalformed);
  EXPECT_EQ(WhyRefused(FindRefusal(item, claim_)), Refused::kMalformed);
  EXPECT_EQ(UnitsOf(item), 0u);
}

TEST_F(VerifyTest, AnItemWithoutWhatItsFormHasHoldsForNobody) {
  for (const Form form : {Form::kSignatureLayer, Form::kAttestationLayer, Form::kBundleV01,
                          Form::kBundleV02, Form::kBundleV03}) {
    const Item item = {.form = form};
    EXPECT_EQ(WhyRefused(Verify(item, claim_, *KeySigner(alice_.key().Public()))),
              Refused::kMalformed);
    EXPECT_EQ(WhyRefused(FindRefusal(item, claim_)), Refused::kMalformed);
    EXPECT_EQ(UnitsOf(item), 0u);
  }
}

TEST_F(VerifyTest, AnAttestationThatWasNotReadIsNoSignatureAndHoldsForNobody) {
  // Whatever else is in it.
  Item signed_item = *alice_.Sign(image_);
  signed_item.form = Form::kUnreadAttestation;
  const SignerPtr alice = KeySigner(alice_.key().Public());
  const Claim attested = {.image = image_, .predicate_type = "https://example.org/type"};
  for (const Item& item : {*UnreadAttestationItem(), signed_item}) {
    const Outcome outcome = Verify(item, claim_, *alice);
    ASSERT_EQ(WhyRefused(outcome), Refused::kWrongStatement);
    EXPECT_EQ(std::get<Refusal>(outcome).sentence, "it is an attestation, not a signature");
    EXPECT_EQ(WhyRefused(FindRefusal(item, claim_)), Refused::kWrongStatement);
    EXPECT_EQ(WhyRefused(Verify(item, attested, *alice)), Refused::kMalformed);
    EXPECT_EQ(WhyRefused(FindRefusal(item, attested)), Refused::kMalformed);
  }
}

TEST_F(VerifyTest, AnItemOfAFormThatItDoesNotKnowHoldsForNobody) {
  for (const Form form :
       {Form::kAttestationLayer, Form::kBundleV01, Form::kBundleV02, Form::kBundleV03}) {
    Item item = *alice_.Sign(image_);
    item.form = form;
    EXPECT_EQ(WhyRefused(Verify(item, claim_, *KeySigner(alice_.key().Public()))),
              Refused::kMalformed);
    EXPECT_EQ(WhyRefused(FindRefusal(item, claim_)), Refused::kMalformed);
  }
}

TEST_F(VerifyTest, TheDigestIsComparedExactly) {
  std::string upper_case = image_.ToString();
  std::transform(upper_case.begin() + 7, upper_case.end(), upper_case.begin() + 7, ::toupper);
  for (const std::string& digest :
       {upper_case, std::string(image_.hex()), image_.ToString() + "0", image_.ToString() + " ",
        image_.ToString().substr(0, 70), "sha512:" + std::string(image_.hex())}) {
    EXPECT_EQ(WhyRefused(By(alice_, alice_.SignPayload(PayloadOf(digest)))),
              Refused::kWrongArtifact)
        << digest;
  }
}

TEST_F(VerifyTest, TheDigestIsReadFromItsOwnPlaceOnly) {
  EXPECT_EQ(WhyRefused(By(alice_, alice_.SignPayload(R"({"critical":{"image":{}},)"
                                                     R"("docker-manifest-digest":")" +
                                                     image_.ToString() + "\"}"))),
            Refused::kMalformed);
  EXPECT_EQ(WhyRefused(By(
                alice_, alice_.SignPayload(R"({"critical":{"image":{"docker-manifest-digest":"x"},)"
                                           R"("identity":{"docker-reference":")" +
                                           image_.ToString() + "\"}}}"))),
            Refused::kWrongArtifact);
}

TEST_F(VerifyTest, TheDockerReferenceDoesNotDecide) {
  const ItemPtr item = alice_.SignPayload(TestSigner::Payload(image_, "elsewhere.example/other"));
  EXPECT_EQ(WhyRefused(By(alice_, item)), std::nullopt);
}

TEST_F(VerifyTest, TheExactBytesAreVerified) {
  const std::string payload = TestSigner::Payload(image_);
  const std::string signature = alice_.Sign(image_)->signature;
  ASSERT_EQ(WhyRefused(By(alice_, Layer(payload, signature))), std::nullopt);
  for (const ItemPtr& item : {
           Layer(payload + ' ', signature),  // the same JSON
           Layer(TestSigner::Payload(image_, "elsewhere"), signature),
           Layer(payload, signature.substr(0, signature.size() - 1)),
           Layer(payload, ""),
           Layer(payload, alice_.Sign(other_)->signature),
       }) {
    EXPECT_EQ(WhyRefused(By(alice_, item)), Refused::kBadSignature);
  }
}

TEST_F(VerifyTest, EveryKeyTypeAndSchemeOfCosignHolds) {
  using crypto::TestKeyType;
  using crypto::TestScheme;
  const struct {
    TestKeyType type;
    TestScheme signed_by;
    SignatureScheme scheme;
  } kCases[] = {
      {TestKeyType::kEcdsaP256, TestScheme::kDefault, SignatureScheme::kEcdsaSha256},
      {TestKeyType::kEcdsaP384, TestScheme::kDefault, SignatureScheme::kEcdsaSha384},
      {TestKeyType::kEcdsaP384, TestScheme::kSha256, SignatureScheme::kEcdsaSha256},
      {TestKeyType::kEcdsaP521, TestScheme::kDefault, SignatureScheme::kEcdsaSha512},
      {TestKeyType::kEcdsaP521, TestScheme::kSha256, SignatureScheme::kEcdsaSha256},
      {TestKeyType::kRsa2048, TestScheme::kDefault, SignatureScheme::kRsaPkcs1Sha256},
      {TestKeyType::kEd25519, TestScheme::kDefault, SignatureScheme::kEd25519ph},
      {TestKeyType::kEd25519, TestScheme::kPureEd25519, SignatureScheme::kEd25519},
  };
  for (const auto& test : kCases) {
    const TestSigner signer(TestKey::Generate(test.type));
    const Outcome outcome =
        By(signer, signer.SignPayload(TestSigner::Payload(image_), test.signed_by));
    ASSERT_TRUE(std::holds_alternative<Verified>(outcome)) << signer.key().Public().Description();
    EXPECT_EQ(std::get<Verified>(outcome).proof().scheme, test.scheme);
  }
}

TEST_F(VerifyTest, CostsWhatItsPayloadAndItsSignersKeyDo) {
  const ItemPtr item = alice_.Sign(image_);
  EXPECT_EQ(CostToRead(item->payload->bytes().size()), 0u);
  EXPECT_EQ(UnitsOf(*item), 1u);
  EXPECT_EQ(UnitsOf(*stranger_.Sign(image_)), 1u);
  EXPECT_EQ(CostToRead(64 << 10), 4u);
  // No signature of the key is so long.
  EXPECT_EQ(UnitsOf(*Layer(TestSigner::Payload(image_), std::string(2000, 's'))), 0u);
  // Which no key decides.
  EXPECT_EQ(UnitsOf(*alice_.Sign(other_)), 0u);
}

// Made by `cosign sign --key` 2.6.5; testdata/registry has many more.
TEST(Verify, WhatTheRealCosignSignedHolds) {
  const SignerPtr signer =
      KeySigner(crypto::PublicKey::FromPem(
                    "-----BEGIN PUBLIC KEY-----\n"
                    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEP6b1J0qZyR4bVotnxNrrrniLKpOU\n"
                    "w+VzOw2OK/WGcGmYXBCeSu/7wU0D3TqjRCF4igdB/y7qrCbuM34WNkQ39w==\n"
                    "-----END PUBLIC KEY-----\n")
                    .value());
  const std::string digest =
      "sha256:fa7c55d03a28cdf2b0ed1591c776bb8f8a2a739abe74917b4ff98f3ab7ef99a2";
  const std::string payload =
      R"({"critical":{"identity":{"docker-reference":"127.0.0.1:57091/trusted/keys"},)"
      R"("image":{"docker-manifest-digest":")" +
      digest + R"("},"type":"cosign container image signature"},"optional":null})";
  const oci::Descriptor layer = {
      .media_type = "application/vnd.dev.cosign.simplesigning.v1+json",
      .digest = oci::Digest::Of(payload),
      .size = static_cast<int64_t>(payload.size()),
      .annotations = {{"dev.cosignproject.cosign/signature",
                       "MEQCIETtbK2yU2zTIeibPSCOLiPM+YrWd5nKyxhMvAMr5bB4AiAtfk1NxJYyiVBmqsS6v+VLI3F"
                       "gpj1Ah5mxZmgZYcu8Og=="}}};
  const ItemPtr item =
      SignatureLayerItem(layer.digest, Payload::Of(payload), SignatureBytes(layer).value());
  EXPECT_EQ(WhyRefused(Verify(*item, {.image = oci::Digest::Parse(digest).value()}, *signer)),
            std::nullopt);
  EXPECT_EQ(WhyRefused(Verify(*item, {.image = oci::Digest::Of("another image")}, *signer)),
            Refused::kWrongArtifact);
}

TEST(Outcome, IsARefusalUnlessVerifyMadeItOtherwise) {
  EXPECT_EQ(WhyRefused(Outcome()), Refused::kUnspecified);
  EXPECT_FALSE(std::is_default_constructible_v<Verified>);
  EXPECT_FALSE((std::is_constructible_v<Verified, Claim, SignatureScheme>));
}

}  // namespace
}  // namespace countersign::cosign
