#include "cosign/key_details.h"

#include <set>
#include <string>
#include <string_view>

#include "crypto/test_key.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using crypto::SignatureScheme;
using crypto::TestKey;
using crypto::TestKeyType;

struct Case {
  const char* name;
  std::set<TestKeyType> types;
  SignatureScheme scheme;
};

const Case kCases[] = {
    {"PKIX_ECDSA_P256_SHA_256", {TestKeyType::kEcdsaP256}, SignatureScheme::kEcdsaSha256},
    {"PKIX_ECDSA_P384_SHA_384", {TestKeyType::kEcdsaP384}, SignatureScheme::kEcdsaSha384},
    {"PKIX_ECDSA_P384_SHA_256", {TestKeyType::kEcdsaP384}, SignatureScheme::kEcdsaSha256},
    {"PKIX_ECDSA_P521_SHA_512", {TestKeyType::kEcdsaP521}, SignatureScheme::kEcdsaSha512},
    {"PKIX_ECDSA_P521_SHA_256", {TestKeyType::kEcdsaP521}, SignatureScheme::kEcdsaSha256},
    {"PKIX_RSA_PKCS1V15_2048_SHA256", {TestKeyType::kRsa2048}, SignatureScheme::kRsaPkcs1Sha256},
    {"PKIX_RSA_PKCS1V15_3072_SHA256", {TestKeyType::kRsa3072}, SignatureScheme::kRsaPkcs1Sha256},
    {"PKIX_RSA_PKCS1V15_4096_SHA256", {TestKeyType::kRsa4096}, SignatureScheme::kRsaPkcs1Sha256},
    {"PKCS1_RSA_PKCS1V5",
     {TestKeyType::kRsa2048, TestKeyType::kRsa3072, TestKeyType::kRsa4096},
     SignatureScheme::kRsaPkcs1Sha256},
    {"PKIX_ED25519", {TestKeyType::kEd25519}, SignatureScheme::kEd25519},
    {"PKIX_ED25519_PH", {TestKeyType::kEd25519}, SignatureScheme::kEd25519ph},
};

TEST(KeyDetails, SayWhichKeyTheyAreOfAndHowItSigns) {
  for (const TestKeyType type :
       {TestKeyType::kEcdsaP256, TestKeyType::kEcdsaP384, TestKeyType::kEcdsaP521,
        TestKeyType::kRsa2048, TestKeyType::kRsa3072, TestKeyType::kRsa4096,
        TestKeyType::kEd25519}) {
    const crypto::PublicKey key = TestKey::Generate(type).Public();
    for (const Case& test : kCases) {
      ASSERT_TRUE(KeyDetailsNamed(test.name)) << test.name;
      EXPECT_EQ(IsKeyOf(*KeyDetailsNamed(test.name), key), test.types.contains(type))
          << test.name << " " << key.Description();
    }
  }
  for (const Case& test : kCases) {
    EXPECT_EQ(KeyDetailsNamed(test.name)->scheme, test.scheme) << test.name;
    EXPECT_EQ(KeyDetailsNamed(test.name)->is_pkcs1,
              std::string_view(test.name).starts_with("PKCS1"))
        << test.name;
  }
}

TEST(KeyDetails, OfOtherNamesAreNotKnown) {
  for (const char* name :
       {"", "PUBLIC_KEY_DETAILS_UNSPECIFIED", "PKIX_RSA_PSS_2048_SHA256", "PKCS1_RSA_PSS",
        "PKIX_ECDSA_P256_HMAC_SHA_256", "LMS_SHA256", "ML_DSA_65", "pkix_ed25519", "5"}) {
    EXPECT_FALSE(KeyDetailsNamed(name)) << name;
  }
}

}  // namespace
}  // namespace countersign::cosign
