#include "crypto/test_key.h"

#include <string>

#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

TEST(TestKey, SignsWhatItsPublicKeyVerifies) {
  const struct {
    TestKeyType type;
    std::string description;
  } kCases[] = {
      {TestKeyType::kEcdsaP256, "ECDSA P-256"}, {TestKeyType::kEcdsaP384, "ECDSA P-384"},
      {TestKeyType::kEcdsaP521, "ECDSA P-521"}, {TestKeyType::kRsa2048, "RSA 2048"},
      {TestKeyType::kRsa3072, "RSA 3072"},      {TestKeyType::kRsa4096, "RSA 4096"},
      {TestKeyType::kEd25519, "Ed25519"},
  };
  for (const auto& [type, description] : kCases) {
    const TestKey key = TestKey::Generate(type);
    const PublicKey public_key = key.Public();
    EXPECT_EQ(public_key.Description(), description);
    for (const char* message : {"", "message", "another message"}) {
      EXPECT_TRUE(Verifies(public_key, message, key.Sign(message))) << description;
    }
    EXPECT_FALSE(Verifies(public_key, "message", key.Sign("another message"))) << description;
  }
}

TEST(TestKey, IsFreshEachTimeUnlessRsa) {
  for (const TestKeyType type : {TestKeyType::kEcdsaP256, TestKeyType::kEd25519}) {
    EXPECT_NE(TestKey::Generate(type).PublicPem(), TestKey::Generate(type).PublicPem());
  }
  EXPECT_EQ(TestKey::Generate(TestKeyType::kRsa2048).PublicPem(),
            TestKey::Generate(TestKeyType::kRsa2048).PublicPem());
}

}  // namespace
}  // namespace countersign::crypto
