#include "crypto/public_key.h"

#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "crypto/ needs BoringSSL"
#endif
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/nid.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/base64.h"
#include "base/status_matchers.h"
#include "crypto/sha256.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

using base::IsOk;
using ::testing::Not;

bssl::UniquePtr<ECDSA_SIG> ParseDer(const std::string& der) {
  return bssl::UniquePtr<ECDSA_SIG>(
      ECDSA_SIG_from_bytes(reinterpret_cast<const uint8_t*>(der.data()), der.size()));
}

std::string ToDer(const ECDSA_SIG* signature) {
  uint8_t* bytes = nullptr;
  size_t size = 0;
  ECDSA_SIG_to_bytes(&bytes, &size, signature);
  std::string der(reinterpret_cast<const char*>(bytes), size);
  OPENSSL_free(bytes);
  return der;
}

std::string ToP1363(const std::string& der, size_t width) {
  const bssl::UniquePtr<ECDSA_SIG> signature = ParseDer(der);
  std::string bytes(2 * width, '\0');
  auto* out = reinterpret_cast<uint8_t*>(bytes.data());
  BN_bn2bin_padded(out, width, ECDSA_SIG_get0_r(signature.get()));
  BN_bn2bin_padded(out + width, width, ECDSA_SIG_get0_s(signature.get()));
  return bytes;
}

TEST(PublicKey, VerifiesTheSchemesOfItsTypeAndNoOthers) {
  const struct {
    TestKeyType type;
    std::vector<TestScheme> accepted;
    std::vector<TestScheme> refused;
  } kCases[] = {
      {TestKeyType::kEcdsaP256,
       {TestScheme::kDefault, TestScheme::kSha256},
       {TestScheme::kSha384, TestScheme::kSha512}},
      {TestKeyType::kEcdsaP384,
       {TestScheme::kDefault, TestScheme::kSha384, TestScheme::kSha256},
       {TestScheme::kSha512}},
      {TestKeyType::kEcdsaP521,
       {TestScheme::kDefault, TestScheme::kSha512, TestScheme::kSha256},
       {TestScheme::kSha384}},
      {TestKeyType::kRsa2048,
       {TestScheme::kDefault, TestScheme::kSha256},
       {TestScheme::kSha384, TestScheme::kSha512}},
      {TestKeyType::kRsa3072, {TestScheme::kSha256}, {TestScheme::kSha384, TestScheme::kSha512}},
      {TestKeyType::kRsa4096, {TestScheme::kSha256}, {TestScheme::kSha384, TestScheme::kSha512}},
      {TestKeyType::kEd25519, {TestScheme::kDefault, TestScheme::kPureEd25519}, {}},
  };
  for (const auto& test : kCases) {
    const TestKey key = TestKey::Generate(test.type);
    const PublicKey public_key = key.Public();
    for (const TestScheme scheme : test.accepted) {
      EXPECT_TRUE(Verifies(public_key, "message", key.Sign("message", scheme)))
          << public_key.Description() << " " << static_cast<int>(scheme);
    }
    for (const TestScheme scheme : test.refused) {
      EXPECT_FALSE(Verifies(public_key, "message", key.Sign("message", scheme)))
          << public_key.Description() << " " << static_cast<int>(scheme);
    }
  }
}

TEST(PublicKey, SaysWhichSchemeVerified) {
  const struct {
    TestKeyType type;
    TestScheme signed_by;
    SignatureScheme scheme;
  } kCases[] = {
      {TestKeyType::kEcdsaP256, TestScheme::kSha256, SignatureScheme::kEcdsaSha256},
      {TestKeyType::kEcdsaP384, TestScheme::kSha256, SignatureScheme::kEcdsaSha256},
      {TestKeyType::kEcdsaP384, TestScheme::kSha384, SignatureScheme::kEcdsaSha384},
      {TestKeyType::kEcdsaP521, TestScheme::kSha256, SignatureScheme::kEcdsaSha256},
      {TestKeyType::kEcdsaP521, TestScheme::kSha512, SignatureScheme::kEcdsaSha512},
      {TestKeyType::kRsa2048, TestScheme::kSha256, SignatureScheme::kRsaPkcs1Sha256},
      {TestKeyType::kEd25519, TestScheme::kDefault, SignatureScheme::kEd25519ph},
      {TestKeyType::kEd25519, TestScheme::kPureEd25519, SignatureScheme::kEd25519},
  };
  for (const auto& test : kCases) {
    const TestKey key = TestKey::Generate(test.type);
    EXPECT_EQ(key.Public().Verify(Message("message"), key.Sign("message", test.signed_by),
                                  EcdsaEncoding::kDer),
              test.scheme)
        << key.Public().Description() << " " << static_cast<int>(test.signed_by);
    EXPECT_EQ(key.Public().Verify(Message("another"), key.Sign("message", test.signed_by),
                                  EcdsaEncoding::kDerOrP1363),
              std::nullopt);
  }
}

constexpr SignatureScheme kAllSchemes[] = {
    SignatureScheme::kUnspecified,    SignatureScheme::kEcdsaSha256,
    SignatureScheme::kEcdsaSha384,    SignatureScheme::kEcdsaSha512,
    SignatureScheme::kRsaPkcs1Sha256, SignatureScheme::kEd25519ph,
    SignatureScheme::kEd25519,        SignatureScheme::kRsaPkcs1Sha384,
    SignatureScheme::kRsaPkcs1Sha512, SignatureScheme::kRsaPssSha256};

TEST(PublicKey, VerifiesByExactlyTheSchemeThatIsAskedFor) {
  const struct {
    TestKeyType type;
    TestScheme signed_by;
    SignatureScheme scheme;
  } kCases[] = {
      {TestKeyType::kEcdsaP256, TestScheme::kSha256, SignatureScheme::kEcdsaSha256},
      {TestKeyType::kEcdsaP256, TestScheme::kSha384, SignatureScheme::kEcdsaSha384},
      {TestKeyType::kEcdsaP256, TestScheme::kSha512, SignatureScheme::kEcdsaSha512},
      {TestKeyType::kEcdsaP384, TestScheme::kSha256, SignatureScheme::kEcdsaSha256},
      {TestKeyType::kEcdsaP384, TestScheme::kSha512, SignatureScheme::kEcdsaSha512},
      {TestKeyType::kEcdsaP521, TestScheme::kSha384, SignatureScheme::kEcdsaSha384},
      {TestKeyType::kRsa2048, TestScheme::kSha256, SignatureScheme::kRsaPkcs1Sha256},
      {TestKeyType::kRsa2048, TestScheme::kSha384, SignatureScheme::kRsaPkcs1Sha384},
      {TestKeyType::kRsa2048, TestScheme::kSha512, SignatureScheme::kRsaPkcs1Sha512},
      {TestKeyType::kRsa2048, TestScheme::kPssSha256, SignatureScheme::kRsaPssSha256},
      {TestKeyType::kRsa4096, TestScheme::kPssSha256, SignatureScheme::kRsaPssSha256},
      {TestKeyType::kEd25519, TestScheme::kDefault, SignatureScheme::kEd25519ph},
      {TestKeyType::kEd25519, TestScheme::kPureEd25519, SignatureScheme::kEd25519},
  };
  for (const auto& test : kCases) {
    const TestKey pair = TestKey::Generate(test.type);
    const PublicKey key = pair.Public();
    const std::string signature = pair.Sign("message", test.signed_by);
    for (const SignatureScheme scheme : kAllSchemes) {
      EXPECT_EQ(key.VerifyAs(scheme, Message("message"), signature, EcdsaEncoding::kDer),
                scheme == test.scheme)
          << key.Description() << " " << static_cast<int>(test.scheme) << " as "
          << static_cast<int>(scheme);
      EXPECT_FALSE(key.VerifyAs(scheme, Message("another"), signature, EcdsaEncoding::kDer));
      EXPECT_FALSE(key.VerifyAs(scheme, Message("message"), "", EcdsaEncoding::kDer));
    }
  }
}

std::string FromBase64(std::string_view text) { return base::DecodeBase64(text).value_or(""); }

// Made by openssl dgst -sha256 -sigopt rsa_padding_mode:pss, of "message".
TEST(PublicKey, VerifiesPssWithSaltsOfAnyLengthAndOneHash) {
  const std::string der = FromBase64(
      "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjQ4bXRn7lAOBflq/+Qzn3t1ttruXwC5B5lCqP9nP"
      "TiIgKARgoksFwhYR79cBPgCXtsePEn0KcrMJRPUE82ankHVkVnNXQ2rSSCrHNe9RgxAOEoK98zCXffIyvOcX"
      "LNi964dtDMbp86t44qWlgzkPtGI39IokM7wmWYM2j29PTGsF4xt6fNtWRHUWKZK4mXn+SrRBNY5P7E+zVDgK"
      "wDm1zDxT/9HGKcxaYDYFoOUiknBf+Kp3uUHsbSJqoW34fTTruLweuznoN4nbgMAP/oxkbpRpC+y5A7cBbX4R"
      "BRNRDLDpmPhvXIkVUDb9OiS0NSV/tp+9LMG3/vxsbAbeHccs7wIDAQAB");
  const std::string salt_32 = FromBase64(
      "glueec+B7JWhbwJc1NIEg0hQEq/o/BLImsmtRGcsQO1AsdIVZsNpT1kUvUB3Ak5clxAyjUm5Mon1QRLX7agH"
      "3VmqJDtVd3QCq4g9jztkC0q3HKr+PAoVl4tTrig4vdOWyM41QRFYIOyyBjQNLmPkcVEnZMFOcNFrDb0P7Tfw"
      "MyIlq6Jza+RLeWv/OgAygswrZW7vmzX6GVouTPoBLXH3ClTvPYmdQx8uCPLI/HtQB9Rotq+ZKR4Cui2m3u2+"
      "VYq7FSsY9xvkX8ZHcDTRTkhn3gZP/emkyacLPMS+AXapUCiDa9o6bk2S/rQ6iKZlVgiMQzG+2kvLQ2h5nLz7"
      "UdFONw==");
  const std::string salt_max = FromBase64(
      "TVpU7c6r48TBgp3oGGMbOooFRIqQyYF1Qx95p2i7tfJpKiFqdl1Y7//rfcJ25cgNw920NEsmXsDCz+0MEVHj"
      "WlDU5SkX+rjTjr+pGBu1Cl6GrMFYTKA0dIOZXW6lo4dB4EKwsVKUrNTtaTEWfPILwqg9LFci4gpZKqsaNUMq"
      "qzaJdj6VzPF2PXKvC6oIoCk0lNoNQjk09NhzaVoaGSbZT2u5aej+5GwKJRtNc7toFoZvBsP1onHkvnRGUGfS"
      "+eoRtZT89c/61zZojlZzgJPGYn0cL42MoVVDl4GwdUqeGI1a7Y8nKTMxJkcuqXDv8Yz6w3KZsGYDME9FCmhf"
      "Vk80QQ==");
  const std::string mgf1_sha1 = FromBase64(
      "dZ/Y4TE1CMh9IKm3NZ0eJLYoQGt8dWghPuzxW2GWqrTd5bcppXILtOaQcFtJTy89gbdLJRuHrjaq3voIems2"
      "+35GvykMFjj8YUoO0wGP3TzW7c+OilHgpLVqZG/OMchLBXghkUp42deKY/ijawSxfxKD4yn/xLQtRjxvuPfb"
      "5yWHhhecHJ1A4VZrNCLR4XCDp/jdPYujpSAofhb+wT6Ud47ZC84MMQQV5TUxCW/bRnOnK27QZUe0jOS8m9D+"
      "E1IjH5t4ThwYfKND0CEANAskhT9EBse0zE1SkqHkJY4Smt7mMNV2oGPTqpHfvWniHCd/SX9LNqAFsPMc71KJ"
      "LIUnRQ==");
  const auto key = PublicKey::FromDer(der);
  ASSERT_THAT(key, IsOk());
  const auto verifies = [&](const std::string& signature) {
    return key->VerifyAs(SignatureScheme::kRsaPssSha256, Message("message"), signature,
                         EcdsaEncoding::kDer);
  };
  EXPECT_TRUE(verifies(salt_32));
  EXPECT_TRUE(verifies(salt_max));
  EXPECT_FALSE(verifies(mgf1_sha1));
  // No key tries it unless it is said to be so.
  EXPECT_FALSE(Verifies(*key, "message", salt_32));
}

TEST(PublicKey, VerifiesASchemeInTheEncodingThatIsAskedFor) {
  const TestKey key = TestKey::Generate();
  const std::string signature = ToP1363(key.Sign("message"), 32);
  EXPECT_TRUE(key.Public().VerifyAs(SignatureScheme::kEcdsaSha256, Message("message"), signature,
                                    EcdsaEncoding::kDerOrP1363));
  EXPECT_FALSE(key.Public().VerifyAs(SignatureScheme::kEcdsaSha256, Message("message"), signature,
                                     EcdsaEncoding::kDer));
}

constexpr HashAlgorithm kHashes[] = {HashAlgorithm::kSha256, HashAlgorithm::kSha384,
                                     HashAlgorithm::kSha512};

TEST(PublicKey, VerifiesOverADigestOfAMessageWhatSignsThat) {
  const struct {
    TestKeyType type;
    TestScheme signed_by;
    HashAlgorithm by;
    SignatureScheme scheme;
  } kCases[] = {
      {TestKeyType::kEcdsaP256, TestScheme::kSha256, HashAlgorithm::kSha256,
       SignatureScheme::kEcdsaSha256},
      {TestKeyType::kEcdsaP384, TestScheme::kSha256, HashAlgorithm::kSha256,
       SignatureScheme::kEcdsaSha256},
      {TestKeyType::kEcdsaP384, TestScheme::kSha384, HashAlgorithm::kSha384,
       SignatureScheme::kEcdsaSha384},
      {TestKeyType::kEcdsaP521, TestScheme::kSha256, HashAlgorithm::kSha256,
       SignatureScheme::kEcdsaSha256},
      {TestKeyType::kEcdsaP521, TestScheme::kSha512, HashAlgorithm::kSha512,
       SignatureScheme::kEcdsaSha512},
      {TestKeyType::kRsa2048, TestScheme::kSha256, HashAlgorithm::kSha256,
       SignatureScheme::kRsaPkcs1Sha256},
      {TestKeyType::kEd25519, TestScheme::kDefault, HashAlgorithm::kSha512,
       SignatureScheme::kEd25519ph},
  };
  for (const auto& test : kCases) {
    const TestKey key = TestKey::Generate(test.type);
    const std::string signature = key.Sign("message", test.signed_by);
    for (const HashAlgorithm by : kHashes) {
      const auto verify = [&](const char* message) {
        return key.Public().VerifyDigest(by, DigestOf(Message(message), by), signature,
                                         EcdsaEncoding::kDer);
      };
      EXPECT_EQ(verify("message"),
                by == test.by ? std::optional<SignatureScheme>(test.scheme) : std::nullopt)
          << key.Public().Description() << " " << static_cast<int>(test.signed_by) << " "
          << NameForPeople(by);
      EXPECT_EQ(verify("another"), std::nullopt);
    }
  }
}

// As over the message (VerifiesTheSchemesOfItsTypeAndNoOthers); nor what pure Ed25519 signs.
TEST(PublicKey, VerifiesOverADigestNoHashThatIsNotOfItsType) {
  const struct {
    TestKeyType type;
    TestScheme signed_by;
    HashAlgorithm by;
  } kCases[] = {
      {TestKeyType::kEcdsaP256, TestScheme::kSha384, HashAlgorithm::kSha384},
      {TestKeyType::kEcdsaP256, TestScheme::kSha512, HashAlgorithm::kSha512},
      {TestKeyType::kEcdsaP384, TestScheme::kSha512, HashAlgorithm::kSha512},
      {TestKeyType::kEcdsaP521, TestScheme::kSha384, HashAlgorithm::kSha384},
      {TestKeyType::kRsa2048, TestScheme::kSha384, HashAlgorithm::kSha384},
      {TestKeyType::kRsa2048, TestScheme::kSha512, HashAlgorithm::kSha512},
      {TestKeyType::kEd25519, TestScheme::kPureEd25519, HashAlgorithm::kSha512},
  };
  for (const auto& test : kCases) {
    const TestKey key = TestKey::Generate(test.type);
    EXPECT_EQ(key.Public().VerifyDigest(test.by, DigestOf(Message("message"), test.by),
                                        key.Sign("message", test.signed_by), EcdsaEncoding::kDer),
              std::nullopt)
        << key.Public().Description() << " " << NameForPeople(test.by);
  }
}

// ECDSA takes the first bits of what is longer than the curve's order.
TEST(PublicKey, VerifiesOverADigestOfItsOwnLengthAlone) {
  const TestKey key = TestKey::Generate(TestKeyType::kEcdsaP256);
  const std::string signature = key.Sign("message", TestScheme::kSha256);
  const std::string digest = DigestOf(Message("message"), HashAlgorithm::kSha256);
  const auto verify = [&](const std::string& bytes) {
    return key.Public().VerifyDigest(HashAlgorithm::kSha256, bytes, signature, EcdsaEncoding::kDer);
  };
  EXPECT_EQ(verify(digest), SignatureScheme::kEcdsaSha256);
  EXPECT_EQ(verify(digest + "more"), std::nullopt);
  EXPECT_EQ(verify(digest.substr(1)), std::nullopt);
  EXPECT_EQ(verify(""), std::nullopt);
}

TEST(PublicKey, RefusesOtherKeysMessagesAndSignatures) {
  for (const TestKeyType type :
       {TestKeyType::kEcdsaP256, TestKeyType::kEcdsaP384, TestKeyType::kEcdsaP521,
        TestKeyType::kRsa2048, TestKeyType::kEd25519}) {
    const TestKey key = TestKey::Generate(type);
    const PublicKey public_key = key.Public();
    const std::string signature = key.Sign("message");
    EXPECT_FALSE(Verifies(public_key, "messagf", signature));
    EXPECT_FALSE(Verifies(public_key, "message ", signature));
    EXPECT_FALSE(Verifies(public_key, "", signature));
    EXPECT_FALSE(Verifies(TestKey::Generate(TestKeyType::kRsa3072).Public(), "message", signature));
    EXPECT_FALSE(Verifies(TestKey::Generate().Public(), "message", signature));
    EXPECT_FALSE(Verifies(TestKey::Generate(TestKeyType::kEd25519).Public(), "message", signature));
    for (size_t i = 0; i < signature.size(); ++i) {
      std::string bad = signature;
      bad[i] = static_cast<char>(bad[i] ^ 1);
      EXPECT_FALSE(Verifies(public_key, "message", bad))
          << public_key.Description() << " byte " << i;
    }
    for (const std::string& bad :
         {std::string(), signature.substr(1), signature.substr(0, signature.size() - 1),
          signature + std::string(1, '\0'), std::string(64, '\0'), std::string(1 << 20, '\x30'),
          signature + signature}) {
      EXPECT_FALSE(Verifies(public_key, "message", bad))
          << public_key.Description() << " " << bad.size() << " bytes";
    }
  }
}

TEST(PublicKey, RefusesAPureEd25519SignatureWithMoreBehindIt) {
  const TestKey key = TestKey::Generate(TestKeyType::kEd25519);
  const std::string signature = key.Sign("message", TestScheme::kPureEd25519);
  EXPECT_FALSE(Verifies(key.Public(), "message", signature + std::string(1, '\0')));
  EXPECT_FALSE(Verifies(key.Public(), "message", signature.substr(0, 63)));
}

TEST(PublicKey, TakesEcdsaSignaturesInP1363WhereTheyAreAskedFor) {
  const struct {
    TestKeyType type;
    size_t width;
  } kCases[] = {
      {TestKeyType::kEcdsaP256, 32}, {TestKeyType::kEcdsaP384, 48}, {TestKeyType::kEcdsaP521, 66}};
  for (const auto& test : kCases) {
    const TestKey key = TestKey::Generate(test.type);
    const std::string der = key.Sign("message");
    EXPECT_TRUE(Verifies(key.Public(), "message", ToP1363(der, test.width)));
    EXPECT_FALSE(Verifies(key.Public(), "message", ToP1363(der, test.width + 1)));
    EXPECT_FALSE(
        Verifies(key.Public(), "message", ToP1363(der, test.width) + std::string(1, '\0')));
    EXPECT_FALSE(Verifies(key.Public(), "other", ToP1363(der, test.width)));
    EXPECT_EQ(
        key.Public().Verify(Message("message"), ToP1363(der, test.width), EcdsaEncoding::kDer),
        std::nullopt);
  }
}

TEST(PublicKey, TakesEcdsaSignaturesInStrictDerOnly) {
  const TestKey key = TestKey::Generate();
  // Short enough that none of its lengths needs a second byte.
  const std::string der = key.Sign("message");
  const std::string_view numbers = std::string_view(der).substr(2);
  const size_t r_size = static_cast<uint8_t>(der[3]);
  const std::string_view r = std::string_view(der).substr(4, r_size);
  const std::string_view s_element = std::string_view(der).substr(4 + r_size);
  const auto element = [](char tag, std::string_view contents) {
    return absl::StrCat(std::string(1, tag), std::string(1, static_cast<char>(contents.size())),
                        contents);
  };
  ASSERT_EQ(element(0x30, absl::StrCat(element(0x02, r), s_element)), der);

  const std::string zero(1, '\0');
  const std::string long_length = absl::StrCat("\x30\x81", std::string(1, der[1]), numbers);
  const std::string indefinite = absl::StrCat("\x30\x80", numbers, zero, zero);
  for (const std::string& bad : {
           long_length,
           indefinite,
           der + zero,
           element(0x30, absl::StrCat(numbers, zero)),
           element(0x31, numbers),
           element(0x30, absl::StrCat(element(0x02, absl::StrCat(zero, zero, r)), s_element)),
           element(0x30, absl::StrCat(element(0x03, r), s_element)),
           element(0x30, element(0x02, r)),
           element(0x30, absl::StrCat(numbers, element(0x02, "\x01"))),
       }) {
    EXPECT_FALSE(Verifies(key.Public(), "message", bad)) << absl::BytesToHexString(bad);
  }
}

TEST(PublicKey, TakesAHighS) {
  const TestKey key = TestKey::Generate();
  const bssl::UniquePtr<ECDSA_SIG> signature = ParseDer(key.Sign("message"));
  const bssl::UniquePtr<EC_GROUP> group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  bssl::UniquePtr<BIGNUM> other_s(BN_new());
  BN_sub(other_s.get(), EC_GROUP_get0_order(group.get()), ECDSA_SIG_get0_s(signature.get()));
  ECDSA_SIG_set0(signature.get(), BN_dup(ECDSA_SIG_get0_r(signature.get())), other_s.release());
  EXPECT_TRUE(Verifies(key.Public(), "message", ToDer(signature.get())));
}

TEST(PublicKey, LeavesNothingInTheErrorQueue) {
  EXPECT_THAT(PublicKey::FromDer(std::string("\x30\x00", 2)), Not(IsOk()));
  EXPECT_EQ(ERR_peek_error(), 0u);
  for (const TestKeyType type :
       {TestKeyType::kEcdsaP256, TestKeyType::kRsa2048, TestKeyType::kEd25519}) {
    const PublicKey key = TestKey::Generate(type).Public();
    EXPECT_FALSE(Verifies(key, "message", "signature"));
    EXPECT_EQ(ERR_peek_error(), 0u);
    for (const SignatureScheme scheme : kAllSchemes) {
      EXPECT_FALSE(key.VerifyAs(scheme, Message("message"), std::string(256, 's'),
                                EcdsaEncoding::kDerOrP1363));
      EXPECT_EQ(ERR_peek_error(), 0u);
    }
    EXPECT_EQ(key.VerifyDigest(HashAlgorithm::kSha256, std::string(32, 'd'), std::string(256, 's'),
                               EcdsaEncoding::kDer),
              std::nullopt);
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
}

TEST(PublicKey, HasTheFingerprintOfItsDer) {
  const std::string pem = TestKey::Generate().PublicPem();
  const size_t first_line = pem.find('\n');
  const std::string der =
      base::DecodeBase64(pem.substr(first_line, pem.rfind("-----END") - first_line),
                         base::LineBreaks::kIgnored)
          .value();
  EXPECT_EQ(PublicKey::FromPem(pem)->Fingerprint(), "SHA256:" + Sha256Hex(der));
}

TEST(PublicKey, CostsWhatItsTypeDoesAndForEd25519WhatTheMessageDoes) {
  const struct {
    TestKeyType type;
    size_t cost;
    size_t of_a_mebibyte;
  } kCases[] = {{TestKeyType::kEcdsaP256, 1, 1},
                {TestKeyType::kRsa2048, 2, 2},
                {TestKeyType::kEd25519, 2, 34},
                {TestKeyType::kEcdsaP384, 10, 10},
                {TestKeyType::kEcdsaP521, 24, 24}};
  for (const auto& [type, cost, of_a_mebibyte] : kCases) {
    const PublicKey key = TestKey::Generate(type).Public();
    const size_t size = TestKey::Generate(type).Sign("message").size();
    EXPECT_EQ(key.Cost(), cost) << key.Description();
    EXPECT_EQ(key.Cost(300, size), cost) << key.Description();
    EXPECT_EQ(key.Cost(1 << 20, size), of_a_mebibyte) << key.Description();
    // No key has signatures of that size.
    EXPECT_EQ(key.Cost(300, 2000), 0u) << key.Description();
  }
}

}  // namespace
}  // namespace countersign::crypto
