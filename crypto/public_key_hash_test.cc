// Keys of which is said by which hash they sign.

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "crypto/hash_algorithm.h"
#include "crypto/message.h"
#include "crypto/public_key.h"
#include "crypto/signature_scheme.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

struct Hash {
  HashAlgorithm algorithm;
  TestScheme signing;
  SignatureScheme ecdsa;
  SignatureScheme rsa;
};

constexpr Hash kHashes[] = {
    {HashAlgorithm::kSha256, TestScheme::kSha256, SignatureScheme::kEcdsaSha256,
     SignatureScheme::kRsaPkcs1Sha256},
    {HashAlgorithm::kSha384, TestScheme::kSha384, SignatureScheme::kEcdsaSha384,
     SignatureScheme::kRsaPkcs1Sha384},
    {HashAlgorithm::kSha512, TestScheme::kSha512, SignatureScheme::kEcdsaSha512,
     SignatureScheme::kRsaPkcs1Sha512},
};

struct Kind {
  TestKeyType type;
  HashAlgorithm of_curve;  // kUnspecified: RSA
};

constexpr Kind kKinds[] = {
    {TestKeyType::kEcdsaP256, HashAlgorithm::kSha256},
    {TestKeyType::kEcdsaP384, HashAlgorithm::kSha384},
    {TestKeyType::kEcdsaP521, HashAlgorithm::kSha512},
    {TestKeyType::kRsa2048, HashAlgorithm::kUnspecified},
    {TestKeyType::kRsa3072, HashAlgorithm::kUnspecified},
    {TestKeyType::kRsa4096, HashAlgorithm::kUnspecified},
};

std::optional<SignatureScheme> Verify(const PublicKey& key, const std::string& message,
                                      const std::string& signature) {
  return key.Verify(Message(message), signature, EcdsaEncoding::kDer);
}

std::optional<SignatureScheme> VerifyDigest(const PublicKey& key, HashAlgorithm hash,
                                            const std::string& message,
                                            const std::string& signature) {
  return key.VerifyDigest(hash, DigestOf(Message(message), hash), signature, EcdsaEncoding::kDer);
}

// What is signed by `signed_by` holds by a key for `said` if that is it, or the curve's own, and by no
// other key of the same kind; over the message, and over its digest.
void ExpectWhatHolds(const TestKey& pair, const Kind& kind, const Hash& said,
                     const Hash& signed_by) {
  const std::string what =
      absl::StrCat(pair.Public().Description(), " for ", NameForPeople(said.algorithm), ", by ",
                   NameForPeople(signed_by.algorithm));
  const PublicKey key = pair.Public().For(said.algorithm);
  const std::string signature = pair.Sign("message", signed_by.signing);
  std::optional<SignatureScheme> expected;
  if (signed_by.algorithm == said.algorithm || signed_by.algorithm == kind.of_curve) {
    expected = kind.of_curve == HashAlgorithm::kUnspecified ? signed_by.rsa : signed_by.ecdsa;
  }
  EXPECT_EQ(Verify(key, "message", signature), expected) << what;
  EXPECT_EQ(Verify(key, "another", signature), std::nullopt) << what;
  for (const Hash& known : kHashes) {
    const bool is_it = known.algorithm == signed_by.algorithm;
    EXPECT_EQ(VerifyDigest(key, known.algorithm, "message", signature),
              is_it ? expected : std::nullopt)
        << what << ", over " << NameForPeople(known.algorithm);
    EXPECT_EQ(VerifyDigest(key, known.algorithm, "another", signature), std::nullopt) << what;
  }
}

TEST(PublicKeyHash, ThatIsSaidAndTheOneOfTheCurveVerifyAndNoOther) {
  for (const Kind& kind : kKinds) {
    const TestKey pair = TestKey::Generate(kind.type);
    for (const Hash& said : kHashes) {
      for (const Hash& signed_by : kHashes) ExpectWhatHolds(pair, kind, said, signed_by);
    }
  }
}

TEST(PublicKeyHash, ThatIsUnknownVerifiesNothing) {
  for (const Kind& kind : kKinds) {
    const TestKey pair = TestKey::Generate(kind.type);
    const PublicKey key = pair.Public().For(HashAlgorithm::kUnspecified);
    for (const Hash& hash : kHashes) {
      const std::string signature = pair.Sign("message", hash.signing);
      EXPECT_EQ(Verify(key, "message", signature), std::nullopt);
      EXPECT_EQ(VerifyDigest(key, hash.algorithm, "message", signature), std::nullopt);
    }
  }
}

TEST(PublicKeyHash, IsNoMatterWithEd25519) {
  const TestKey pair = TestKey::Generate(TestKeyType::kEd25519);
  const std::string prehashed = pair.Sign("message");
  const std::string pure = pair.Sign("message", TestScheme::kPureEd25519);
  for (const Hash& hash : kHashes) {
    const PublicKey key = pair.Public().For(hash.algorithm);
    EXPECT_EQ(Verify(key, "message", prehashed), SignatureScheme::kEd25519ph);
    EXPECT_EQ(Verify(key, "message", pure), SignatureScheme::kEd25519);
    EXPECT_EQ(VerifyDigest(key, HashAlgorithm::kSha512, "message", prehashed),
              SignatureScheme::kEd25519ph);
    EXPECT_EQ(key.hashes(), pair.Public().hashes());
    EXPECT_EQ(key.Cost(), pair.Public().Cost());
  }
}

TEST(PublicKeyHash, NeverIsPss) {
  const TestKey pair = TestKey::Generate(TestKeyType::kRsa2048);
  const std::string signature = pair.Sign("message", TestScheme::kPssSha256);
  for (const Hash& hash : kHashes) {
    EXPECT_EQ(Verify(pair.Public().For(hash.algorithm), "message", signature), std::nullopt);
  }
}

TEST(PublicKeyHash, OfACopyLeavesTheKeyAsItWas) {
  const TestKey pair = TestKey::Generate(TestKeyType::kRsa2048);
  const PublicKey key = pair.Public();
  const PublicKey copy = key.For(HashAlgorithm::kSha512);
  EXPECT_EQ(Verify(key, "message", pair.Sign("message", TestScheme::kSha256)),
            SignatureScheme::kRsaPkcs1Sha256);
  EXPECT_EQ(Verify(key, "message", pair.Sign("message", TestScheme::kSha512)), std::nullopt);
  // The last one that is said counts, and they are one key.
  EXPECT_EQ(copy.For(HashAlgorithm::kSha256).hashes(), key.hashes());
  EXPECT_EQ(copy.der(), key.der());
  EXPECT_EQ(copy.Fingerprint(), key.Fingerprint());
}

TEST(PublicKeyHash, IsNoMatterWhereTheEvidenceSaysTheScheme) {
  const TestKey pair = TestKey::Generate();
  EXPECT_TRUE(pair.Public()
                  .For(HashAlgorithm::kSha512)
                  .VerifyAs(SignatureScheme::kEcdsaSha384, Message("message"),
                            pair.Sign("message", TestScheme::kSha384), EcdsaEncoding::kDer));
}

TEST(PublicKeyHash, BesideTheCurvesOwnCostsAsMuchAgainWithP256) {
  const TestKey pair = TestKey::Generate();
  const size_t size = pair.Sign("message").size();
  EXPECT_EQ(pair.Public().For(HashAlgorithm::kSha256).Cost(), 1u);
  EXPECT_EQ(pair.Public().For(HashAlgorithm::kSha384).Cost(300, size), 2u);
  EXPECT_EQ(pair.Public().For(HashAlgorithm::kSha512).Cost(300, size), 2u);
  EXPECT_EQ(pair.Public().For(HashAlgorithm::kSha512).Cost(300, 2000), 0u);
}

}  // namespace
}  // namespace countersign::crypto
