#include "policy/verification.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "cosign/test_signer.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/manifest.h"

namespace countersign::cosign {
namespace {

using crypto::TestKey;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Property;
using ::testing::SizeIs;
using ::testing::StartsWith;

using Signatures = std::vector<absl::StatusOr<Signature>>;

class VerifyTest : public testing::Test {
 protected:
  const oci::Digest image_ = oci::Digest::Of("the image");
  const oci::Digest other_ = oci::Digest::Of("another image");
  const TestSigner alice_{TestKey::Generate()};
  const TestSigner bob_{TestKey::Generate()};
  const TestSigner stranger_{TestKey::Generate()};
  const std::vector<crypto::PublicKey> keys_ = {alice_.key().Public(), bob_.key().Public()};
};

// Matches a VerifiedSignature by this key, of the signature in this place.
auto Held(size_t key_index, size_t signature_index = 0) {
  return AllOf(Property(&VerifiedSignature::key_index, Eq(key_index)),
               Property(&VerifiedSignature::signature_index, Eq(signature_index)));
}

// Pays so many units, and counts those that were asked for.
struct Purse {
  size_t left;
  size_t asked = 0;
  Spend spend = [this](size_t units) {
    asked += units;
    if (units > left) return absl::ResourceExhaustedError("no more units");
    left -= units;
    return absl::OkStatus();
  };
};

TEST_F(VerifyTest, ASignatureByAKeyForThisImageHolds) {
  const Signature signature = bob_.Sign(image_);
  const Verification result = Verify(Signatures{signature}, image_, keys_);
  EXPECT_THAT(result.verified, ElementsAre(Held(1)));
  EXPECT_EQ(result.verified[0].image(), image_);
  EXPECT_THAT(result.failures, IsEmpty());
}

TEST_F(VerifyTest, NothingVerifiesWithoutSignaturesOrKeys) {
  EXPECT_THAT(Verify(Signatures{}, image_, keys_).verified, IsEmpty());
  EXPECT_THAT(Verify(Signatures{}, image_, keys_).failures, IsEmpty());
  const Verification keyless = Verify(Signatures{alice_.Sign(image_)}, image_, {});
  EXPECT_THAT(keyless.verified, IsEmpty());
  EXPECT_THAT(keyless.failures, SizeIs(1));
}

TEST_F(VerifyTest, AStrangersSignatureDoesNotHold) {
  const Verification result = Verify(Signatures{stranger_.Sign(image_)}, image_, keys_);
  EXPECT_THAT(result.verified, IsEmpty());
  EXPECT_THAT(result.failures, ElementsAre("signature 1 of 1: none of the keys made it"));
}

TEST_F(VerifyTest, ASignatureOfAnotherImageDoesNotHold) {
  const Verification result = Verify(Signatures{alice_.Sign(other_)}, image_, keys_);
  EXPECT_THAT(result.verified, IsEmpty());
  EXPECT_THAT(result.failures, ElementsAre("signature 1 of 1: its payload speaks of " +
                                           other_.ToString() + ", not of this image"));
}

TEST_F(VerifyTest, ThePayloadIsJudgedBeforeAnyKeyIsTried) {
  EXPECT_THAT(Verify(Signatures{stranger_.Sign(other_)}, image_, keys_).failures,
              ElementsAre(HasSubstr("speaks of")));
  EXPECT_THAT(Verify(Signatures{stranger_.SignPayload("{")}, image_, keys_).failures,
              ElementsAre(HasSubstr("cannot be read")));
}

TEST_F(VerifyTest, TheDigestIsComparedExactly) {
  std::string upper_case = image_.ToString();
  std::transform(upper_case.begin() + 7, upper_case.end(), upper_case.begin() + 7, ::toupper);
  for (const std::string& digest :
       {upper_case, std::string(image_.hex()), image_.ToString() + "0", image_.ToString() + " ",
        image_.ToString().substr(0, 70), "sha512:" + std::string(image_.hex())}) {
    const std::string payload =
        R"({"critical":{"image":{"docker-manifest-digest":")" + digest + R"("}}})";
    EXPECT_THAT(Verify(Signatures{alice_.SignPayload(payload)}, image_, keys_).verified, IsEmpty())
        << digest;
  }
}

TEST_F(VerifyTest, TheDigestIsReadFromItsOwnPlaceOnly) {
  for (const std::string& payload :
       {R"({"critical":{"image":{}},"docker-manifest-digest":")" + image_.ToString() + "\"}",
        R"({"critical":{"image":{"docker-manifest-digest":"x"},"identity":{"docker-reference":")" +
            image_.ToString() + "\"}}}"}) {
    EXPECT_THAT(Verify(Signatures{alice_.SignPayload(payload)}, image_, keys_).verified, IsEmpty());
  }
}

TEST_F(VerifyTest, TheExactBytesAreVerified) {
  Signature spaced = alice_.Sign(image_);
  // The same JSON.
  spaced.payload = Payload::Of(std::string(spaced.payload->bytes()) + ' ');
  EXPECT_THAT(Verify(Signatures{spaced}, image_, keys_).verified, IsEmpty());

  Signature cut = alice_.Sign(image_);
  cut.signature.pop_back();
  EXPECT_THAT(Verify(Signatures{cut}, image_, keys_).verified, IsEmpty());

  Signature empty = alice_.Sign(image_);
  empty.signature.clear();
  EXPECT_THAT(Verify(Signatures{empty}, image_, keys_).verified, IsEmpty());

  Signature transplanted = alice_.Sign(other_);
  transplanted.payload = Payload::Of(TestSigner::Payload(image_));
  EXPECT_THAT(Verify(Signatures{transplanted}, image_, keys_).verified, IsEmpty());
}

TEST_F(VerifyTest, TheDockerReferenceDoesNotDecide) {
  const Signature signature =
      alice_.SignPayload(TestSigner::Payload(image_, "elsewhere.example/other"));
  EXPECT_THAT(Verify(Signatures{signature}, image_, keys_).verified, ElementsAre(Held(0)));
}

TEST_F(VerifyTest, OneGoodSignatureAmongBadOnesIsEnough) {
  Signatures signatures = {absl::NotFoundError("the blob is missing"),
                           stranger_.Sign(image_),
                           alice_.Sign(other_),
                           bob_.SignPayload("nonsense"),
                           alice_.Sign(image_),
                           stranger_.Sign(image_)};
  const Verification good = Verify(signatures, image_, keys_);
  EXPECT_THAT(good.verified, ElementsAre(Held(0, 4)));
  EXPECT_THAT(good.failures, IsEmpty());
  signatures[4] = stranger_.Sign(image_);
  const Verification result = Verify(signatures, image_, keys_);
  EXPECT_THAT(result.verified, IsEmpty());
  EXPECT_THAT(result.failures, ElementsAre("signature 1 of 6: the blob is missing",
                                           "signature 2 of 6: none of the keys made it",
                                           StartsWith("signature 3 of 6: its payload speaks of"),
                                           StartsWith("signature 4 of 6: its payload cannot be"),
                                           "signature 5 of 6: none of the keys made it",
                                           "signature 6 of 6: none of the keys made it"));
}

TEST_F(VerifyTest, TheFirstSignatureOfEachKeyIsKeptInTheKeysOrder) {
  const Signature by_bob = bob_.Sign(image_);
  const Signature by_alice = alice_.Sign(image_);
  const Signature again = alice_.SignPayload(TestSigner::Payload(image_, "again"));
  const Verification result = Verify(Signatures{by_bob, by_alice, again}, image_, keys_);
  EXPECT_THAT(result.verified, ElementsAre(Held(0, 1), Held(1, 0)));
  EXPECT_THAT(result.failures, IsEmpty());
}

TEST_F(VerifyTest, AKeyGivenTwiceHoldsTwice) {
  const Signature signature = alice_.Sign(image_);
  const std::vector<crypto::PublicKey> twice = {alice_.key().Public(), alice_.key().Public()};
  EXPECT_THAT(Verify(Signatures{signature}, image_, twice).verified, ElementsAre(Held(0), Held(1)));
}

TEST_F(VerifyTest, EveryKeyTypeAndSchemeOfCosignHolds) {
  using crypto::KeyType;
  using crypto::TestScheme;
  const struct {
    KeyType type;
    std::vector<TestScheme> schemes;
  } kCases[] = {
      {KeyType::kEcdsaP256, {TestScheme::kDefault}},
      {KeyType::kEcdsaP384, {TestScheme::kDefault, TestScheme::kSha256}},
      {KeyType::kEcdsaP521, {TestScheme::kDefault, TestScheme::kSha256}},
      {KeyType::kRsa2048, {TestScheme::kDefault}},
      {KeyType::kEd25519, {TestScheme::kDefault, TestScheme::kPureEd25519}},
  };
  for (const auto& [type, schemes] : kCases) {
    const TestSigner signer(TestKey::Generate(type));
    for (const TestScheme scheme : schemes) {
      const Signature signature = signer.SignPayload(TestSigner::Payload(image_), scheme);
      EXPECT_THAT(Verify(Signatures{signature}, image_, {signer.key().Public()}).verified,
                  ElementsAre(Held(0)))
          << signer.key().Public().Description();
    }
  }
}

TEST_F(VerifyTest, FailuresAreAtMostTenAndCountTheRest) {
  const Signatures ten(10, absl::NotFoundError("gone"));
  EXPECT_THAT(Verify(ten, image_, keys_).failures,
              AllOf(SizeIs(10), testing::Contains("signature 10 of 10: gone")));
  const Signatures eleven(11, absl::NotFoundError("gone"));
  const std::vector<std::string> failures = Verify(eleven, image_, keys_).failures;
  EXPECT_THAT(failures, SizeIs(10));
  EXPECT_EQ(failures[8], "signature 9 of 11: gone");
  EXPECT_EQ(failures[9], "and 2 more");
}

TEST_F(VerifyTest, FailuresAreShortAndPrintable) {
  const Signatures signatures = {
      absl::NotFoundError("a\nb"),
      alice_.SignPayload(R"({"critical":{"image":{"docker-manifest-digest":")" +
                         std::string(100'000, 'x') + R"("}}})"),
      alice_.SignPayload(
          R"({"critical":{"image":{"docker-manifest-digest":"\u001b[2J\n{\"level\":"}}})")};
  const std::vector<std::string> failures = Verify(signatures, image_, keys_).failures;
  ASSERT_THAT(failures, SizeIs(3));
  EXPECT_EQ(failures[0], "signature 1 of 3: a\\x0ab");
  for (const std::string& failure : failures) {
    EXPECT_LT(failure.size(), 300);
    EXPECT_THAT(failure, AllOf(Not(HasSubstr("\n")), Not(HasSubstr("\x1b"))));
  }
}

TEST_F(VerifyTest, OfTooManySignaturesNoneIsLookedAt) {
  Signatures signatures(kMaxSignatures - 1, absl::NotFoundError("gone"));
  signatures.push_back(alice_.Sign(image_));
  EXPECT_THAT(Verify(signatures, image_, keys_).verified, SizeIs(1));
  signatures.push_back(alice_.Sign(image_));
  const Verification result = Verify(signatures, image_, keys_);
  EXPECT_THAT(result.verified, IsEmpty());
  EXPECT_THAT(result.failures, ElementsAre(HasSubstr("more than 1000 signatures")));
}

TEST_F(VerifyTest, AKeyIsTriedUntilASignatureHoldsForItAndTheCheapOneFirst) {
  const TestSigner dear(TestKey::Generate(crypto::KeyType::kEcdsaP521));
  const std::vector<crypto::PublicKey> keys = {dear.key().Public(), alice_.key().Public()};
  Signatures signatures(4, alice_.Sign(image_));
  signatures.push_back(dear.Sign(image_));
  Purse purse{.left = 1000};
  EXPECT_THAT(Verify(signatures, image_, keys, purse.spend).verified,
              ElementsAre(Held(0, 4), Held(1, 0)));
  EXPECT_EQ(purse.asked, 1u + 5 * 24);
  // What the cheap one finds is found before the dear one has taken everything.
  Purse small{.left = 30};
  const Verification result = Verify(signatures, image_, keys, small.spend);
  EXPECT_THAT(result.verified, ElementsAre(Held(1, 0)));
  EXPECT_EQ(result.stopped.message(), "no more units");
}

TEST_F(VerifyTest, TheLastOfAThousandIsFoundForAThousandUnits) {
  Signatures signatures(kMaxSignatures - 1, stranger_.Sign(image_));
  signatures.push_back(alice_.Sign(image_));
  Purse enough{.left = 1000};
  EXPECT_THAT(Verify(signatures, image_, {alice_.key().Public()}, enough.spend).verified,
              ElementsAre(Held(0, 999)));
  Purse short_of_it{.left = 999};
  const Verification result =
      Verify(signatures, image_, {alice_.key().Public()}, short_of_it.spend);
  EXPECT_THAT(result.verified, IsEmpty());
  EXPECT_FALSE(result.stopped.ok());
  // Nothing is said of those that may not have been tried.
  EXPECT_THAT(result.failures, IsEmpty());
}

TEST_F(VerifyTest, APayloadThatManySignaturesShareIsPaidForOnceAndOneOfAnotherImageBuysNoKeyWork) {
  std::string long_payload = TestSigner::Payload(image_);
  long_payload.append(64 << 10, ' ');
  const Signature shared = stranger_.SignPayload(long_payload);
  Purse purse{.left = 1000};
  Verify(Signatures(10, shared), image_, {alice_.key().Public()}, purse.spend);
  EXPECT_EQ(purse.asked, 4u + 10);
  Purse other{.left = 1000};
  Verify(Signatures(10, alice_.Sign(other_)), image_, keys_, other.spend);
  EXPECT_EQ(other.asked, 0u);
}

// Made by `cosign sign --key` 2.6.5; testdata/registry has many more.
TEST(Verify, WhatTheRealCosignSignedHolds) {
  const crypto::PublicKey key =
      crypto::PublicKey::FromPem(
          "-----BEGIN PUBLIC KEY-----\n"
          "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEP6b1J0qZyR4bVotnxNrrrniLKpOU\n"
          "w+VzOw2OK/WGcGmYXBCeSu/7wU0D3TqjRCF4igdB/y7qrCbuM34WNkQ39w==\n"
          "-----END PUBLIC KEY-----\n")
          .value();
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
  const Signatures signatures = {
      Signature{layer.digest, Payload::Of(payload), SignatureBytes(layer).value()}};
  EXPECT_THAT(Verify(signatures, oci::Digest::Parse(digest).value(), {key}).verified, SizeIs(1));
  EXPECT_THAT(Verify(signatures, oci::Digest::Of("another image"), {key}).verified, IsEmpty());
}

TEST(VerifiedSignature, IsMadeByVerifyAlone) {
  EXPECT_FALSE(std::is_default_constructible_v<VerifiedSignature>);
  EXPECT_FALSE((std::is_constructible_v<VerifiedSignature, oci::Digest, size_t, size_t>));
}

}  // namespace
}  // namespace countersign::cosign
