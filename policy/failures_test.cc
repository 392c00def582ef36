#include "policy/failures.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cosign/identity.h"
#include "cosign/signer.h"
#include "cosign/test_signer.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"

namespace countersign::policy {
namespace {

using cosign::Refused;
using ::testing::ElementsAre;
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
