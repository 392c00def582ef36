#include "crypto/test_key.h"

#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

constexpr KeyType kAllTypes[] = {KeyType::kEcdsaP256, KeyType::kEcdsaP384, KeyType::kEcdsaP521,
                                 KeyType::kRsa2048,   KeyType::kRsa3072,   KeyType::kRsa4096,
                                 KeyType::kEd25519};

TEST(TestKey, SignsWhatItsPublicKeyVerifies) {
  for (const KeyType type : kAllTypes) {
    const TestKey key = TestKey::Generate(type);
    const PublicKey public_key = key.Public();
    EXPECT_EQ(public_key.type(), type);
    for (const char* message : {"", "message", "another message"}) {
      EXPECT_TRUE(Verifies(public_key, message, key.Sign(message))) << public_key.Description();
    }
    EXPECT_FALSE(Verifies(public_key, "message", key.Sign("another message")))
        << public_key.Description();
  }
}

TEST(TestKey, IsFreshEachTimeUnlessRsa) {
  for (const KeyType type : {KeyType::kEcdsaP256, KeyType::kEd25519}) {
    EXPECT_NE(TestKey::Generate(type).PublicPem(), TestKey::Generate(type).PublicPem());
  }
  EXPECT_EQ(TestKey::Generate(KeyType::kRsa2048).PublicPem(),
            TestKey::Generate(KeyType::kRsa2048).PublicPem());
}

}  // namespace
}  // namespace countersign::crypto
