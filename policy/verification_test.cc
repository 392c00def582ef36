#include "policy/verification.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "cosign/outcome.h"
#include "cosign/signature_layer.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "cosign/verify.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using cosign::ItemPtr;
using cosign::TestSigner;
using crypto::TestKey;
using ::testing::_;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::StartsWith;

using Items = std::vector<absl::StatusOr<ItemPtr>>;
using Signers = std::vector<Asked>;

constexpr std::string_view kType = "https://example.org/predicate";

Asked SignerOf(const TestSigner& signer) {
  return {.signer = cosign::KeySigner(signer.key().Public())};
}

class VerificationTest : public testing::Test {
 protected:
  const oci::Digest image_ = oci::Digest::Of("the image");
  const oci::Digest other_ = oci::Digest::Of("another image");
  const TestSigner alice_{TestKey::Generate()};
  const TestSigner bob_{TestKey::Generate()};
  const TestSigner stranger_{TestKey::Generate()};
  const Signers signers_ = {SignerOf(alice_), SignerOf(bob_)};
};

// Matches a VerifiedItem by the signer with this index, of the item with this index.
auto Held(size_t signer, size_t item = 0) {
  return AllOf(Field(&VerifiedItem::signer, Eq(signer)), Field(&VerifiedItem::item, Eq(item)));
}

// Pays for so many units of proofs, and counts those that were paid, and the proofs.
struct Purse {
  mutable size_t left;
  mutable size_t paid = 0;
  mutable size_t proofs = 0;
  absl::StatusOr<OutcomePtr> operator()(const cosign::Item& item, const cosign::Claim& claim,
                                        const cosign::Signer& signer) const {
    ++proofs;
    bool is_enough = true;
    cosign::Outcome outcome = cosign::Verify(item, claim, signer, [&](size_t units) {
      is_enough = is_enough && units <= left;
      if (!is_enough) return false;
      left -= units;
      paid += units;
      return true;
    });
    if (!is_enough) return absl::ResourceExhaustedError("no more units");
    return std::make_shared<const cosign::Outcome>(std::move(outcome));
  }
};

TEST_F(VerificationTest, ASignatureByAKeyForThisImageHolds) {
  const ItemPtr signature = bob_.Sign(image_);
  const Verification result = VerifyItems(Items{signature}, {image_}, signers_);
  EXPECT_THAT(result.verified, ElementsAre(Held(1)));
  EXPECT_EQ(result.verified[0].proof.claim().image, image_);
  EXPECT_THAT(result.failures, IsEmpty());
}

TEST_F(VerificationTest, NothingVerifiesWithoutSignaturesOrKeys) {
  EXPECT_THAT(VerifyItems(Items{}, {image_}, signers_).verified, IsEmpty());
  EXPECT_THAT(VerifyItems(Items{}, {image_}, signers_).failures, IsEmpty());
  const Verification keyless = VerifyItems(Items{alice_.Sign(image_)}, {image_}, {});
  EXPECT_THAT(keyless.verified, IsEmpty());
  EXPECT_THAT(keyless.failures, SizeIs(1));
}

TEST_F(VerificationTest, AStrangersSignatureDoesNotHold) {
  const Verification result = VerifyItems(Items{stranger_.Sign(image_)}, {image_}, signers_);
  EXPECT_THAT(result.verified, IsEmpty());
  EXPECT_THAT(result.failures, ElementsAre("signature 1 of 1: none of the keys made it"));
}

TEST_F(VerificationTest, ASignatureOfAnotherImageDoesNotHold) {
  const Verification result = VerifyItems(Items{alice_.Sign(other_)}, {image_}, signers_);
  EXPECT_THAT(result.verified, IsEmpty());
  EXPECT_THAT(result.failures, ElementsAre("signature 1 of 1: its payload speaks of " +
                                           other_.ToString() + ", not of this image"));
}

TEST_F(VerificationTest, ThePayloadIsJudgedBeforeAnyKeyIsTried) {
  EXPECT_THAT(VerifyItems(Items{stranger_.Sign(other_)}, {image_}, signers_).failures,
              ElementsAre(HasSubstr("speaks of")));
  EXPECT_THAT(VerifyItems(Items{stranger_.SignPayload("{")}, {image_}, signers_).failures,
              ElementsAre(HasSubstr("cannot be read")));
}

TEST_F(VerificationTest, OneGoodSignatureAmongBadOnesIsEnough) {
  Items signatures = {absl::NotFoundError("the blob is missing"),
                      stranger_.Sign(image_),
                      alice_.Sign(other_),
                      bob_.SignPayload("nonsense"),
                      alice_.Sign(image_),
                      stranger_.Sign(image_)};
  const Verification good = VerifyItems(signatures, {image_}, signers_);
  EXPECT_THAT(good.verified, ElementsAre(Held(0, 4)));
  EXPECT_THAT(good.failures, IsEmpty());
  signatures[4] = stranger_.Sign(image_);
  const Verification result = VerifyItems(signatures, {image_}, signers_);
  EXPECT_THAT(result.verified, IsEmpty());
  EXPECT_THAT(result.failures, ElementsAre("signature 1 of 6: the blob is missing",
                                           "signature 2 of 6: none of the keys made it",
                                           StartsWith("signature 3 of 6: its payload speaks of"),
                                           StartsWith("signature 4 of 6: its payload cannot be"),
                                           "signature 5 of 6: none of the keys made it",
                                           "signature 6 of 6: none of the keys made it"));
}

TEST_F(VerificationTest, TheFirstSignatureOfEachKeyIsKeptInTheKeysOrder) {
  const ItemPtr by_bob = bob_.Sign(image_);
  const ItemPtr by_alice = alice_.Sign(image_);
  const ItemPtr again = alice_.SignPayload(TestSigner::Payload(image_, "again"));
  const Verification result = VerifyItems(Items{by_bob, by_alice, again}, {image_}, signers_);
  EXPECT_THAT(result.verified, ElementsAre(Held(0, 1), Held(1, 0)));
  EXPECT_THAT(result.failures, IsEmpty());
}

TEST_F(VerificationTest, AKeyGivenTwiceHoldsTwice) {
  const ItemPtr signature = alice_.Sign(image_);
  const Signers twice = {SignerOf(alice_), SignerOf(alice_)};
  EXPECT_THAT(VerifyItems(Items{signature}, {image_}, twice).verified,
              ElementsAre(Held(0), Held(1)));
}

TEST_F(VerificationTest, FailuresAreAtMostTenAndCountTheRest) {
  const Items ten(10, absl::NotFoundError("gone"));
  EXPECT_THAT(VerifyItems(ten, {image_}, signers_).failures,
              AllOf(SizeIs(10), testing::Contains("signature 10 of 10: gone")));
  const Items eleven(11, absl::NotFoundError("gone"));
  const std::vector<std::string> failures = VerifyItems(eleven, {image_}, signers_).failures;
  EXPECT_THAT(failures, SizeIs(10));
  EXPECT_EQ(failures[8], "signature 9 of 11: gone");
  EXPECT_EQ(failures[9], "and 2 more");
}

TEST_F(VerificationTest, FailuresAreShortAndPrintable) {
  const Items signatures = {
      absl::NotFoundError("a\nb"),
      alice_.SignPayload(R"({"critical":{"image":{"docker-manifest-digest":")" +
                         std::string(100'000, 'x') + R"("}}})"),
      alice_.SignPayload(
          R"({"critical":{"image":{"docker-manifest-digest":"\u001b[2J\n{\"level\":"}}})")};
  const std::vector<std::string> failures = VerifyItems(signatures, {image_}, signers_).failures;
  ASSERT_THAT(failures, SizeIs(3));
  EXPECT_EQ(failures[0], "signature 1 of 3: a\\x0ab");
  for (const std::string& failure : failures) {
    EXPECT_LT(failure.size(), 300);
    EXPECT_THAT(failure, AllOf(Not(HasSubstr("\n")), Not(HasSubstr("\x1b"))));
  }
}

TEST_F(VerificationTest, OfTooManySignaturesNoneIsLookedAt) {
  Items signatures(kMaxItems - 1, absl::NotFoundError("gone"));
  signatures.push_back(alice_.Sign(image_));
  EXPECT_THAT(VerifyItems(signatures, {image_}, signers_).verified, SizeIs(1));
  signatures.push_back(alice_.Sign(image_));
  const Verification result = VerifyItems(signatures, {image_}, signers_);
  EXPECT_THAT(result.verified, IsEmpty());
  EXPECT_THAT(result.failures, ElementsAre(HasSubstr("more than 4000 signatures")));
}

TEST_F(VerificationTest, AKeyIsTriedUntilASignatureHoldsForItAndTheCheapOneFirst) {
  const TestSigner dear(TestKey::Generate(crypto::TestKeyType::kEcdsaP521));
  const Signers keys = {SignerOf(dear), SignerOf(alice_)};
  Items signatures(4, alice_.Sign(image_));
  signatures.push_back(dear.Sign(image_));
  Purse purse{.left = 1000};
  EXPECT_THAT(VerifyItems(signatures, {image_}, keys, purse).verified,
              ElementsAre(Held(0, 4), Held(1, 0)));
  EXPECT_EQ(purse.paid, 1u + 5 * 24);
  // What the cheap one finds is found before the dear one has taken everything.
  Purse small{.left = 30};
  const Verification result = VerifyItems(signatures, {image_}, keys, small);
  EXPECT_THAT(result.verified, ElementsAre(Held(1, 0)));
  EXPECT_EQ(result.stopped.message(), "no more units");
}

TEST_F(VerificationTest, TheLastOfAThousandIsFoundForAThousandUnits) {
  Items signatures(cosign::kMaxSignatures - 1, stranger_.Sign(image_));
  signatures.push_back(alice_.Sign(image_));
  Purse enough{.left = 1000};
  EXPECT_THAT(VerifyItems(signatures, {image_}, Signers{SignerOf(alice_)}, enough).verified,
              ElementsAre(Held(0, 999)));
  Purse short_of_it{.left = 999};
  const Verification result =
      VerifyItems(signatures, {image_}, Signers{SignerOf(alice_)}, short_of_it);
  EXPECT_THAT(result.verified, IsEmpty());
  EXPECT_FALSE(result.stopped.ok());
  // Nothing is said of those that may not have been tried.
  EXPECT_THAT(result.failures, IsEmpty());
}

TEST_F(VerificationTest, WhatIsRefusedWhoeverTheSignerIsIsAskedAboutOnce) {
  const Items items = {alice_.Sign(other_), stranger_.SignPayload("{"), stranger_.Sign(image_),
                       absl::NotFoundError("gone")};
  Purse purse{.left = 1000};
  EXPECT_THAT(VerifyItems(items, {image_}, signers_, purse).failures,
              ElementsAre(HasSubstr("speaks of"), HasSubstr("cannot be read"),
                          HasSubstr("none of the keys"), HasSubstr("gone")));
  EXPECT_EQ(purse.proofs, 2u + signers_.size());
}

TEST_F(VerificationTest, WhatHoldsIsWhatTheProofSays) {
  const Items items = {stranger_.Sign(image_), alice_.Sign(image_)};
  const OutcomePtr proof = *ProveDirectly(**items[1], {image_}, *signers_[0].signer);
  const auto prove = [&](const cosign::Item& item, const cosign::Claim& claim,
                         const cosign::Signer&) -> absl::StatusOr<OutcomePtr> {
    EXPECT_EQ(claim.image, image_);
    if (item.id == (*items[0])->id) return proof;
    return absl::InternalError("not asked for");
  };
  EXPECT_THAT(VerifyItems(items, {image_}, signers_, prove).verified,
              ElementsAre(Held(0, 0), Held(1, 0)));
}

// A bundle with a statement of this type about the image, by the key.
ItemPtr StatementBy(const TestKey& key, const oci::Digest& image, std::string_view type) {
  cosign::TestSigning signing = {.key = key};
  signing.envelope.payload = cosign::WriteTestStatement(image, type);
  cosign::TestSigstore sigstore;
  return *cosign::BundleItem(cosign::TestBundleJson(sigstore.Sign(signing)).dump());
}

TEST_F(VerificationTest, WhatIsAskedOfEachIsWhatHolds) {
  const Signers asked = {SignerOf(alice_),
                         {SignerOf(alice_).signer, std::string(kType)},
                         {SignerOf(alice_).signer, "https://example.org/other"}};
  const Items items = {StatementBy(alice_.key(), image_, kType), alice_.Sign(image_)};
  const Verification result = VerifyItems(items, image_, asked);
  EXPECT_THAT(result.verified, ElementsAre(Held(0, 1), Held(1, 0)));
  EXPECT_EQ(result.verified[0].form, cosign::Form::kSignatureLayer);
  EXPECT_EQ(result.verified[1].form, cosign::Form::kBundleV03);
  EXPECT_EQ(result.verified[1].proof.claim().predicate_type, kType);
  EXPECT_EQ(result.verified[1].proof.proof().predicate_type, kType);
}

// GHSA-w6c6-c85g-mmv6: a statement of another type by the right key is not what is asked for.
TEST_F(VerificationTest, AnAttestationOfAnotherTypeIsNoneAndNoSignature) {
  const Items items = {StatementBy(alice_.key(), image_, kType)};
  for (const Asked& asked :
       {SignerOf(alice_), Asked{SignerOf(alice_).signer, std::string(kType) + "/v2"},
        Asked{SignerOf(alice_).signer, ""}}) {
    const Verification result = VerifyItems(items, image_, Signers{asked});
    EXPECT_THAT(result.verified, IsEmpty());
    EXPECT_THAT(result.failures, ElementsAre(HasSubstr("an attestation of the type")));
  }
}

TEST_F(VerificationTest, WhatIsOfTheTypeIsExplainedBeforeAllThatIsNot) {
  const Asked asked = {SignerOf(alice_).signer, std::string(kType)};
  Items items(12, StatementBy(alice_.key(), image_, "https://example.org/other"));
  items.push_back(alice_.Sign(image_));
  items.push_back(StatementBy(stranger_.key(), image_, kType));
  const Verification result = VerifyItems(items, image_, Signers{asked});
  EXPECT_THAT(result.failures,
              ElementsAre("attestation 1 of 1: none of the keys made it",
                          "12 of another kind: it is an attestation of the type "
                          "\"https://example.org/other\", not \"https://example.org/predicate\"",
                          "1 of another kind: it is a signature, not an attestation"));
  EXPECT_EQ(result.others, 13u);
  items.push_back(StatementBy(alice_.key(), image_, kType));
  EXPECT_EQ(VerifyItems(items, image_, Signers{asked}).others, 0u);
}

TEST_F(VerificationTest, WhatIsToldApartHasTheTypesOfAllThatIsOfOthers) {
  Asked asked = {SignerOf(alice_).signer, std::string(kType)};
  asked.is_told_apart = true;
  Items items = {StatementBy(alice_.key(), image_, "https://example.org/other"),
                 alice_.Sign(image_)};
  const Verification of_others = VerifyItems(items, image_, Signers{SignerOf(bob_), asked});
  ASSERT_THAT(of_others.told_apart, ElementsAre(Pair(1, _)));
  const ToldApart& told = of_others.told_apart.at(1);
  EXPECT_THAT(told.failures, SizeIs(2));
  EXPECT_THAT(told.other_types, ElementsAre("https://example.org/other"));
  items.push_back(StatementBy(stranger_.key(), image_, kType));
  EXPECT_THAT(VerifyItems(items, image_, Signers{asked}).told_apart.at(0).other_types, IsEmpty());
}

TEST_F(VerificationTest, WhatIsRefusedForOneTypeIsTriedForAnother) {
  const Signers asked = {{SignerOf(bob_).signer, std::string(kType)}, SignerOf(alice_)};
  Purse purse{.left = 1000};
  const Verification result =
      VerifyItems(Items{stranger_.Sign(image_), alice_.Sign(image_)}, image_, asked, purse);
  EXPECT_THAT(result.verified, ElementsAre(Held(1, 1)));
}

// What one says of witnesses that nobody else asks for is no fault of its signature.
TEST_F(VerificationTest, WitnessesThatCannotBeReadHideNothingFromWhoAsksForNone) {
  const ItemPtr plain = alice_.Sign(image_);
  const ItemPtr item =
      cosign::SignatureLayerItem(oci::Digest::Of(plain->payload->bytes()), plain->payload,
                                 plain->signature, absl::InvalidArgumentError("no log entry"));
  const Asked logged = {.signer = cosign::KeySigner(alice_.key().Public(), {.log_entries = 1},
                                                    std::make_shared<const cosign::TrustedRoot>(
                                                        cosign::TestSigstore().trusted()))};
  EXPECT_THAT(VerifyItems(Items{item}, image_, Signers{logged}).failures,
              ElementsAre("signature 1 of 1: no log entry"));
  EXPECT_THAT(VerifyItems(Items{item}, image_, Signers{logged, SignerOf(alice_)}).verified,
              ElementsAre(Held(1)));
}

TEST_F(VerificationTest, WhereNotAllWasTriedOnlyWhatIsRefusedForAllIsExplained) {
  const Signers asked = {SignerOf(alice_), {SignerOf(bob_).signer, std::string(kType)}};
  // The first is refused for one type, and not tried for the other.
  const Items items = {stranger_.Sign(other_), stranger_.Sign(image_), absl::NotFoundError("gone")};
  Purse none{.left = 0};
  const Verification result = VerifyItems(items, image_, asked, none);
  EXPECT_FALSE(result.stopped.ok());
  EXPECT_THAT(result.failures, ElementsAre("item 3 of 3: gone"));
}

}  // namespace
}  // namespace countersign::policy
