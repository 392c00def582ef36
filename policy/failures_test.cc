#include "policy/failures.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cosign/form.h"
#include "cosign/identity.h"
#include "cosign/signature_layer.h"
#include "cosign/signer.h"
#include "cosign/test_attestation.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"

namespace countersign::policy {
namespace {

using cosign::Refused;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Items = std::vector<absl::StatusOr<cosign::ItemPtr>>;

bool All(size_t) { return true; }

Asked ByKey() { return {.signer = cosign::KeySigner(crypto::TestKey::Generate().Public())}; }

Asked ByIdentity() {
  return {.signer = cosign::KeylessSigner(
              *cosign::Identities::Compile(
                  {{.issuer = "https://accounts.example.org", .subject = "me@example.org"}}),
              {}, nullptr)};
}

class FailuresTest : public testing::Test {
 protected:
  // The phrase about one item that was refused so, one after the other.
  std::string Told(const std::vector<Asked>& asked, const std::vector<cosign::Refusal>& refusals) {
    const Items items = {item_};
    Failures failures(items, asked);
    for (const cosign::Refusal& refusal : refusals) failures.Add(0, refusal);
    return failures.Phrases(All).at(0);
  }

  const cosign::ItemPtr item_ =
      cosign::TestSigner(crypto::TestKey::Generate()).Sign(oci::Digest::Of("the image"));
  const cosign::ItemPtr bundle_ =
      std::make_shared<const cosign::Item>(cosign::Item{.form = cosign::Form::kBundleV03});
};

TEST_F(FailuresTest, OfKeysThatDidNotMakeItNoneIsNamed) {
  EXPECT_EQ(Told({ByKey()}, {{Refused::kBadSignature, "the key did not make it"}}),
            "signature 1 of 1: none of the keys made it");
  EXPECT_EQ(Told({ByKey()}, {{Refused::kWrongMaterial, "a certificate signed it"}}),
            "signature 1 of 1: none of the keys made it");
  EXPECT_EQ(Told({ByKey(), ByIdentity()}, {{Refused::kBadSignature, "the key did not make it"}}),
            "signature 1 of 1: none of the signers made it");
  EXPECT_EQ(Told({}, {}), "signature 1 of 1: none of the keys made it");
}

TEST_F(FailuresTest, OfAnIdentityItIsSaidWhy) {
  EXPECT_EQ(Told({ByIdentity()}, {{Refused::kWrongMaterial, "no certificate signed it"}}),
            "signature 1 of 1: no certificate signed it");
  EXPECT_EQ(Told({ByIdentity()}, {{Refused::kWrongIdentity, "its certificate is of you"}}),
            "signature 1 of 1: its certificate is of you");
}

TEST_F(FailuresTest, TheWordsOfAnotherProgramComeFirstWhereItHasAny) {
  const Items items(4, item_);
  Failures failures(items, std::vector<Asked>{ByIdentity()});
  for (size_t i = 0; i < 3; ++i)
    failures.Add(i, {Refused::kWrongIdentity, "its certificate is of you"});
  failures.Add(2, {Refused::kNoTime, "nobody says when"});
  failures.Add(3, {Refused::kWrongStatement, "it is an SBOM"});
  const auto theirs = [](size_t i) { return i == 1 ? std::string() : absl::StrCat("no, ", i); };
  EXPECT_THAT(
      failures.Phrases(All, theirs),
      ElementsAre("no, 0 (signature 1 of 3)", "signature 2 of 3: its certificate is of you",
                  "signature 3 of 3: nobody says when", "1 of another kind: it is an SBOM"));
}

TEST_F(FailuresTest, OtherTypesAreThoseOfAllWhereAllAreOfAnotherKind) {
  cosign::TestSigstore sigstore;
  const auto attestation = [&](std::string_view type) {
    cosign::TestSigning signing = {.key = crypto::TestKey::Generate()};
    signing.envelope = cosign::TestAttestedEnvelope(cosign::TestImage(), type);
    return *cosign::BundleItem(cosign::TestBundleJson(sigstore.Sign(signing)).dump());
  };
  const auto types = [](const Items& items, size_t others) {
    Failures failures(items, std::vector<Asked>{ByKey()});
    for (size_t i = 0; i < others; ++i) failures.Add(i, {Refused::kWrongStatement, "another"});
    return failures.OtherTypes();
  };
  Items items = {attestation("b"), item_, attestation("a"), attestation("b")};
  EXPECT_THAT(types(items, 4), ElementsAre("b", "a"));
  EXPECT_THAT(types(items, 3), IsEmpty());
  EXPECT_THAT(types({item_}, 1), IsEmpty());
  for (const std::string_view type : {"c", "d", "e", "f", "g"}) items.push_back(attestation(type));
  EXPECT_THAT(types(items, items.size()), ElementsAre("b", "a", "c", "d", "e", "..."));
  items.push_back(absl::NotFoundError("gone"));
  EXPECT_THAT(types(items, items.size() - 1), IsEmpty());
}

// A foreign bundle's certificate is not what is said of an item that almost held.
TEST_F(FailuresTest, WhatSaysMostIsTold) {
  const cosign::Refusal statement = {Refused::kWrongStatement, "it states something else"};
  const cosign::Refusal signer = {Refused::kWrongMaterial, "no certificate signed it"};
  const cosign::Refusal identity = {Refused::kWrongIdentity, "its certificate is of you"};
  const cosign::Refusal time = {Refused::kNoTime, "nobody says when"};
  const cosign::Refusal log = {Refused::kUnknownLog, "no log that is trusted knows of it"};
  const std::vector<Asked> asked = {ByIdentity()};
  EXPECT_EQ(Told(asked, {statement, signer}), "signature 1 of 1: no certificate signed it");
  EXPECT_EQ(Told(asked, {identity, signer}), "signature 1 of 1: its certificate is of you");
  EXPECT_EQ(Told(asked, {signer, time, identity}), "signature 1 of 1: nobody says when");
  EXPECT_EQ(Told(asked, {time, log}), "signature 1 of 1: nobody says when");
}

TEST_F(FailuresTest, AreOfThoseThatAreToldOnlyAndCountTheRest) {
  const Items items(25, absl::NotFoundError("gone"));
  const Failures failures(items, std::vector<Asked>{ByKey()});
  EXPECT_THAT(failures.Phrases([](size_t index) { return index == 3; }),
              ElementsAre("signature 4 of 25: gone"));
  const std::vector<std::string> odd =
      failures.Phrases([](size_t index) { return index % 2 == 1; });
  EXPECT_THAT(odd, SizeIs(10));
  EXPECT_EQ(odd.back(), "and 3 more");
}

TEST_F(FailuresTest, OfAnotherKindComesLastWhateverThereIsOfIt) {
  const Items items(30, bundle_);
  Failures failures(items, std::vector<Asked>{ByIdentity()});
  for (size_t i = 0; i < 29; ++i) failures.Add(i, {Refused::kWrongStatement, "it is an SBOM"});
  failures.Add(29, {Refused::kWrongIdentity, "its certificate is of you"});
  EXPECT_THAT(failures.Phrases(All), ElementsAre("signature 1 of 1: its certificate is of you",
                                                 "29 of another kind: it is an SBOM"));
  EXPECT_EQ(failures.CountOthers(All), 29u);
}

TEST_F(FailuresTest, OfOtherKindsAFewAreNamedAndTheRestCounted) {
  const Items items(6, bundle_);
  Failures failures(items, std::vector<Asked>{ByIdentity()});
  for (size_t i = 0; i < 6; ++i) {
    failures.Add(i, {Refused::kWrongStatement, std::string(1, "abacde"[i])});
  }
  EXPECT_THAT(failures.Phrases(All),
              ElementsAre("2 of another kind: a", "1 of another kind: b", "1 of another kind: c",
                          "and 2 more of another kind"));
}

// No more than so many are made of all that are not read.
TEST_F(FailuresTest, WhereThereMayBeMoreOfAnotherKindItIsSaid) {
  const std::vector<Asked> asked = {ByIdentity()};
  Items items(cosign::kMaxSignatures - 1, cosign::UnreadAttestationItem());
  items.push_back(bundle_);
  const auto phrases = [&] {
    Failures failures(items, asked);
    for (size_t i = 0; i < items.size(); ++i) {
      failures.Add(i, {Refused::kWrongStatement, *items[i] == bundle_ ? "an SBOM" : "not read"});
    }
    EXPECT_EQ(failures.MayBeMoreOthers(), items.size() > cosign::kMaxSignatures);
    return failures.Phrases(All);
  };
  EXPECT_THAT(phrases(),
              ElementsAre("999 of another kind: not read", "1 of another kind: an SBOM"));
  items.push_back(cosign::UnreadAttestationItem());
  EXPECT_THAT(phrases(),
              ElementsAre("at least 1000 of another kind: not read", "1 of another kind: an SBOM"));
}

TEST_F(FailuresTest, OfAnotherKindIsOnlyWhatIsForAllThatAreAskedFor) {
  const Items items(2, bundle_);
  Failures failures(items, std::vector<Asked>{ByIdentity()});
  for (size_t i = 0; i < 2; ++i) failures.Add(i, {Refused::kWrongStatement, "it is an SBOM"});
  failures.Add(1, {Refused::kNoTime, "nobody says when"});
  EXPECT_EQ(failures.CountOthers(All), 1u);
  // Nor what is not told, as not all were asked about it.
  const auto second_only = [](size_t index) { return index == 1; };
  EXPECT_EQ(failures.CountOthers(second_only), 0u);
  EXPECT_THAT(failures.Phrases(second_only), ElementsAre("signature 2 of 2: nobody says when"));
}

// They are whoever's who may push to the repository, and so is their order.
TEST_F(FailuresTest, ManyThatAreRefusedForOneReasonHideNoneThatIsForAnother) {
  const std::vector<cosign::Refusal> refusals = {
      {Refused::kWrongStatement, "it is an SBOM"},
      {Refused::kWrongMaterial, "no certificate signed it"},
      {Refused::kWrongIdentity, "its certificate is of you"},
      {Refused::kWrongArtifact, "it is of another image"},
      {Refused::kNoTime, "nobody says when"}};
  for (const cosign::Refusal& flood : refusals) {
    Items items(1000 + refusals.size(), bundle_);
    items.emplace_back(absl::NotFoundError("it is gone"));
    Failures failures(items, std::vector<Asked>{ByIdentity()});
    for (size_t i = 0; i < 1000; ++i) failures.Add(i, flood);
    for (size_t i = 0; i < refusals.size(); ++i) failures.Add(1000 + i, refusals[i]);
    const std::vector<std::string> phrases = failures.Phrases(All);
    for (const cosign::Refusal& refusal : refusals) {
      EXPECT_THAT(phrases, Contains(EndsWith(": " + refusal.sentence))) << flood.sentence;
    }
    EXPECT_THAT(phrases, Contains(EndsWith(": it is gone"))) << flood.sentence;
  }
}

TEST_F(FailuresTest, LongOnesLeaveRoomForEach) {
  const Items items(10, bundle_);
  Failures failures(items, std::vector<Asked>{ByIdentity()});
  const std::string two_kilobytes(2000, 'x');
  for (size_t i = 0; i < 9; ++i) failures.Add(i, {Refused::kWrongIdentity, two_kilobytes});
  failures.Add(9, {Refused::kWrongIdentity, "its certificate is of you"});
  const std::vector<std::string> phrases = failures.Phrases(All);
  ASSERT_THAT(phrases, SizeIs(10));
  for (const std::string& phrase : phrases) EXPECT_LT(phrase.size(), 350u);
  EXPECT_EQ(phrases[9], "signature 10 of 10: its certificate is of you");
  EXPECT_EQ(Told({ByIdentity()}, {{Refused::kWrongIdentity, two_kilobytes}}),
            "signature 1 of 1: " + two_kilobytes);
}

TEST_F(FailuresTest, OfManySignatureLayersByKeysTheFirstAreTold) {
  Items items(12, item_);
  items.emplace_back(absl::NotFoundError("gone"));
  const auto phrases = [&items] {
    Failures failures(items, std::vector<Asked>{ByKey()});
    for (size_t i = 0; i < 12; ++i) failures.Add(i, {Refused::kBadSignature, "of no key"});
    return failures.Phrases(All);
  };
  ASSERT_THAT(phrases(), SizeIs(10));
  EXPECT_EQ(phrases()[8], "signature 9 of 13: none of the keys made it");
  EXPECT_EQ(phrases()[9], "and 4 more");
  items[0] = bundle_;
  ASSERT_THAT(phrases(), SizeIs(10));
  EXPECT_EQ(phrases()[8], "signature 13 of 13: gone");
}

TEST_F(FailuresTest, NameWhatIsAskedFor) {
  const Items items = {absl::NotFoundError("gone")};
  Asked attested = ByKey();
  attested.predicate_type = "https://example.org/predicate";
  EXPECT_THAT(Failures(items, std::vector<Asked>{attested}).Phrases(All),
              ElementsAre("attestation 1 of 1: gone"));
  EXPECT_THAT(Failures(items, std::vector<Asked>{attested, ByKey()}).Phrases(All),
              ElementsAre("item 1 of 1: gone"));
}

}  // namespace
}  // namespace countersign::policy
