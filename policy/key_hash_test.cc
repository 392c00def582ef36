#include "policy/key_hash.h"

#include <string>

#include "base/status_matchers.h"
#include "crypto/hash_algorithm.h"
#include "crypto/public_key.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using base::StatusIs;
using crypto::HashAlgorithm;
using crypto::PublicKey;
using crypto::TestKey;
using crypto::TestKeyType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const PublicKey& Rsa() {
  static const auto* const key = new PublicKey(TestKey::Generate(TestKeyType::kRsa2048).Public());
  return *key;
}

TEST(KeyHash, IsTheOneThatIsNamed) {
  EXPECT_THAT(KeyWithHash(Rsa(), "sha256")->hashes(), ElementsAre(HashAlgorithm::kSha256));
  EXPECT_THAT(KeyWithHash(Rsa(), "sha384")->hashes(), ElementsAre(HashAlgorithm::kSha384));
  EXPECT_THAT(KeyWithHash(Rsa(), "sha512")->hashes(), ElementsAre(HashAlgorithm::kSha512));
  EXPECT_THAT(KeyWithHash(TestKey::Generate().Public(), "sha512")->hashes(),
              ElementsAre(HashAlgorithm::kSha256, HashAlgorithm::kSha512));
}

TEST(KeyHash, IsReadInAnyCaseAndWithWhiteSpaceAroundIt) {
  for (const char* name : {"SHA512", " sha512 ", "\tSha512\n"}) {
    EXPECT_THAT(KeyWithHash(Rsa(), name)->hashes(), ElementsAre(HashAlgorithm::kSha512)) << name;
  }
}

TEST(KeyHash, OfNoNameIsWhatTheKeyHas) {
  for (const TestKeyType type :
       {TestKeyType::kEcdsaP256, TestKeyType::kEcdsaP384, TestKeyType::kEcdsaP521,
        TestKeyType::kRsa2048, TestKeyType::kEd25519}) {
    const PublicKey key = TestKey::Generate(type).Public();
    EXPECT_EQ(KeyWithHash(key, "")->hashes(), key.hashes());
    // It is the default.
    EXPECT_EQ(KeyWithHash(key, "sha256")->hashes(), key.hashes());
  }
}

TEST(KeyHash, OfAnyKnownNameIsIgnoredByEd25519) {
  const PublicKey key = TestKey::Generate(TestKeyType::kEd25519).Public();
  for (const char* name : {"sha224", "sha256", "sha384", "sha512"}) {
    ASSERT_THAT(KeyWithHash(key, name), base::IsOk()) << name;
    EXPECT_EQ(KeyWithHash(key, name)->hashes(), key.hashes()) << name;
  }
  EXPECT_THAT(KeyWithHash(key, "md5"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(KeyHash, OfAnotherNameIsRefused) {
  for (const char* name : {"sha1", "md5", "sha-256", "sha256 sha512", " ", "sha512/256"}) {
    EXPECT_THAT(KeyWithHash(Rsa(), name),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is unknown")))
        << name;
  }
  EXPECT_THAT(KeyWithHash(Rsa(), " SHA224"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("sha224 is not supported")));
  const auto cut = KeyWithHash(Rsa(), std::string(100'000, 'a'));
  EXPECT_LT(cut.status().message().size(), 1000u);
}

}  // namespace
}  // namespace countersign::policy
