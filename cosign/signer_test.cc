#include "cosign/signer.h"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cosign/identity.h"
#include "cosign/trusted_root.h"
#include "crypto/hash_algorithm.h"
#include "crypto/sha256.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using crypto::HashAlgorithm;
using crypto::PublicKey;
using crypto::TestKey;

std::shared_ptr<const TrustedRoot> Root(const std::string& text) {
  TrustedRoot root;
  root.id = crypto::Sha256(text);
  return std::make_shared<const TrustedRoot>(std::move(root));
}

crypto::Sha256Digest IdOf(std::vector<IdentityRule> rules) {
  return KeylessSigner(Identities::Compile(std::move(rules)).value(), {.log_entries = 1},
                       Root("root"))
      ->id;
}

TEST(KeySigner, HasTheIdOfItsKey) {
  const TestKey key = TestKey::Generate();
  EXPECT_EQ(KeySigner(key.Public())->id, KeySigner(key.Public())->id);
  EXPECT_NE(KeySigner(key.Public())->id, KeySigner(TestKey::Generate().Public())->id);
  // However it was written.
  const PublicKey commented = PublicKey::FromPem("of alice:\n" + key.PublicPem()).value();
  EXPECT_EQ(KeySigner(commented)->id, KeySigner(key.Public())->id);
}

// What is remembered of a key must not be taken for what comes of the same one with another hash.
TEST(KeySigner, HasAnIdOfTheHashesByWhichItsKeyVerifies) {
  for (const crypto::TestKeyType type :
       {crypto::TestKeyType::kEcdsaP256, crypto::TestKeyType::kEcdsaP384,
        crypto::TestKeyType::kEcdsaP521, crypto::TestKeyType::kRsa2048}) {
    const PublicKey key = TestKey::Generate(type).Public();
    const PublicKey keys[] = {key.For(HashAlgorithm::kUnspecified), key.For(HashAlgorithm::kSha256),
                              key.For(HashAlgorithm::kSha384), key.For(HashAlgorithm::kSha512)};
    for (const PublicKey& one : keys) {
      for (const PublicKey& other : keys) {
        EXPECT_EQ(KeySigner(one)->id == KeySigner(other)->id, &one == &other) << key.Description();
      }
    }
    // It verifies by the same as if nothing is said.
    EXPECT_EQ(KeySigner(key.For(HashAlgorithm::kSha256))->id, KeySigner(key)->id);
  }
  const PublicKey ed25519 = TestKey::Generate(crypto::TestKeyType::kEd25519).Public();
  EXPECT_EQ(KeySigner(ed25519.For(HashAlgorithm::kSha256))->id, KeySigner(ed25519)->id);
}

TEST(KeySigner, HasAnIdOfItsWitnessesAndWhomItTrusts) {
  const PublicKey key = TestKey::Generate().Public();
  const auto alone = KeySigner(key)->id;
  EXPECT_EQ(KeySigner(key, Witnesses{}, nullptr)->id, alone);
  const std::vector<crypto::Sha256Digest> ids = {
      alone,
      KeySigner(key, Witnesses{}, Root("root"))->id,
      KeySigner(key, Witnesses{}, Root("another"))->id,
      KeySigner(key, {.log_entries = 1}, Root("root"))->id,
      KeySigner(key, {.log_entries = 2}, Root("root"))->id,
      KeySigner(key, {.timestamps = 1}, Root("root"))->id,
      KeySigner(key, {.certificate_timestamps = 1}, Root("root"))->id,
  };
  for (size_t i = 0; i < ids.size(); ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_NE(ids[i], ids[j]) << i << " " << j;
  }
  EXPECT_EQ(KeySigner(key, {.log_entries = 1}, Root("root"))->id, ids[3]);
}

TEST(KeylessSigner, HasAnIdOfItsWitnessesAndWhomItTrusts) {
  const Identities somebody =
      Identities::Compile({{.issuer = "issuer", .subject = "subject"}}).value();
  const std::vector<crypto::Sha256Digest> ids = {
      KeylessSigner(somebody, Witnesses{}, nullptr)->id,
      KeylessSigner(somebody, Witnesses{}, Root("root"))->id,
      KeylessSigner(somebody, Witnesses{}, Root("another"))->id,
      KeylessSigner(somebody, {.log_entries = 1}, Root("root"))->id,
      KeylessSigner(somebody, {.timestamps = 1}, Root("root"))->id,
      KeylessSigner(somebody, {.certificate_timestamps = 1}, Root("root"))->id,
  };
  for (size_t i = 0; i < ids.size(); ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_NE(ids[i], ids[j]) << i << " " << j;
  }
  EXPECT_EQ(KeylessSigner(somebody, Witnesses{}, Root("root"))->id, ids[1]);
}

TEST(KeylessSigner, HasAnIdOfEachMemberOfEachIdentity) {
  const IdentityRule one = {.issuer = "a", .subject = "b"};
  const IdentityRule two = {.issuer = "c", .subject = "d"};
  const std::vector<crypto::Sha256Digest> ids = {
      IdOf({one}),
      IdOf({two}),
      IdOf({{.issuer_regexp = "a", .subject = "b"}}),
      IdOf({{.issuer = "a", .subject_regexp = "b"}}),
      IdOf({{.issuer_regexp = "a", .subject_regexp = "b"}}),
      IdOf({{.issuer = "a", .subject = "c"}}),
      IdOf({{.issuer = "ab", .subject = "b"}}),
      IdOf({{.issuer = "a", .subject = "bb"}}),
      IdOf({one, one}),
      IdOf({one, two}),
      // As the two would be written one after the other.
      IdOf({{.issuer = "a", .subject = "b0:0,1:c0:1:d0:0,"}}),
      IdOf({{.issuer = "a", .subject = "b", .extensions = {{"buildTrigger", "push"}}}}),
      IdOf({{.issuer = "a", .subject = "b", .extensions = {{"buildTrigger", "tag"}}}}),
      IdOf({{.issuer = "a", .subject = "b", .extensions = {{"tokenSubject", "push"}}}}),
      IdOf({{.issuer = "a",
             .subject = "b",
             .extensions = {{"buildTrigger", "push"}, {"tokenSubject", "push"}}}}),
  };
  for (size_t i = 0; i < ids.size(); ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_NE(ids[i], ids[j]) << i << " " << j;
  }
  EXPECT_EQ(IdOf({one}), ids[0]);
}

TEST(Signer, IsAKeyOrIdentities) {
  const PublicKey key = TestKey::Generate().Public();
  EXPECT_EQ(KeySigner(key)->key()->der(), key.der());
  const Identities somebody =
      Identities::Compile({{.issuer = "issuer", .subject = "subject"}}).value();
  const SignerPtr keyless = KeylessSigner(somebody, Witnesses{}, nullptr);
  EXPECT_EQ(keyless->key(), nullptr);
  // A key is tried first, as it costs less.
  EXPECT_LT(KeySigner(key)->Cost(), keyless->Cost());
}

}  // namespace
}  // namespace countersign::cosign
