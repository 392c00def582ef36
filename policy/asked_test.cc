#include "policy/asked.h"

#include <string>
#include <string_view>
#include <vector>

#include "cosign/identity.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

constexpr std::string_view kType = "https://example.org/predicate";

Asked ByKey() { return {.signer = cosign::KeySigner(crypto::TestKey::Generate().Public())}; }

Asked ByIdentity() {
  return {.signer = cosign::KeylessSigner(
              *cosign::Identities::Compile(
                  {{.issuer = "https://accounts.example.org", .subject = "me@example.org"}}),
              {}, nullptr)};
}

Asked AttestedBy(Asked asked) {
  asked.predicate_type = std::string(kType);
  return asked;
}

// As in "Sign the image with such a key".
std::string Advice(const std::vector<Asked>& asked) {
  const AskedWords words = WordsFor(asked);
  return std::string(words.make) + " the image " + std::string(words.with) + " " +
         std::string(words.such);
}

TEST(Asked, IsWhatTheAuthoritiesAskForInTheirOrder) {
  const Authority key = {.name = "key", .asks = ByKey().signer};
  const Authority identity = {.name = "identity",
                              .asks = ByIdentity().signer,
                              .attestations = {{.predicate_type = std::string(kType)}}};
  const std::vector<Asked> asked = AskedBy({&identity, &key});
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[0].authority, &identity);
  EXPECT_EQ(asked[1].authority, &key);
  EXPECT_EQ(asked[0].signer->key(), nullptr);
  EXPECT_EQ(asked[0].predicate_type, kType);
  EXPECT_NE(asked[1].signer->key(), nullptr);
  EXPECT_FALSE(asked[1].predicate_type.has_value());
}

TEST(Asked, IsEachAttestationOfAnAuthority) {
  const Authority authority = {
      .asks = ByKey().signer,
      .attestations = {{.predicate_type = "https://a"}, {.predicate_type = "https://b"}}};
  const std::vector<Asked> asked = AskedBy({&authority});
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[0].predicate_type, "https://a");
  EXPECT_EQ(asked[1].predicate_type, "https://b");
  EXPECT_EQ(asked[1].authority, &authority);
}

TEST(Asked, HasTheWordsOfItsKind) {
  EXPECT_EQ(WordsFor({}).item, "signature");
  EXPECT_EQ(WordsFor({}).signers, "keys");
  EXPECT_EQ(Advice({ByKey(), ByKey()}), "Sign the image with such a key");
  EXPECT_EQ(Advice({ByIdentity()}), "Sign the image as such an identity");
  EXPECT_EQ(WordsFor({ByIdentity()}).signers, "identities");
  const std::vector<Asked> attested = {AttestedBy(ByKey())};
  EXPECT_EQ(Advice(attested), "Attest the image with such a key");
  EXPECT_EQ(WordsFor(attested).item, "attestation");
}

TEST(Asked, HasWordsThatAreTrueOfAllWhereTheKindsAreSeveral) {
  const std::vector<Asked> asked = {ByKey(), AttestedBy(ByIdentity())};
  EXPECT_EQ(Advice(asked), "Sign or attest the image by such a signer");
  EXPECT_EQ(WordsFor(asked).item, "item");
  EXPECT_EQ(WordsFor(asked).signer, "signer");
  EXPECT_EQ(WordsFor({ByKey(), ByIdentity()}).item, "signature");
  EXPECT_EQ(WordsFor({ByKey(), AttestedBy(ByKey())}).signer, "key");
}

}  // namespace
}  // namespace countersign::policy
