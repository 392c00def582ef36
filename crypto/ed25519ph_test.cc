#include "crypto/ed25519ph.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

// RFC 8032 section 7.3, "TEST abc".
constexpr std::string_view kPublicKey =
    "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf";
constexpr std::string_view kSignature =
    "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
    "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406";

Ed25519PublicKey KeyFromHex(std::string_view hex) {
  const std::string bytes = absl::HexStringToBytes(hex);
  Ed25519PublicKey key;
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

bool Ed25519phVerifies(std::string_view message, std::string_view signature,
                       const Ed25519PublicKey& key) {
  return crypto::Ed25519phVerifies(Message(std::string(message)), signature, key);
}

TEST(Ed25519ph, VerifiesTheStandardsExample) {
  EXPECT_TRUE(Ed25519phVerifies("abc", absl::HexStringToBytes(kSignature), KeyFromHex(kPublicKey)));
}

TEST(Ed25519ph, RefusesAnyOtherMessage) {
  const std::string signature = absl::HexStringToBytes(kSignature);
  for (const char* message : {"", "ab", "abd", "abcd"}) {
    EXPECT_FALSE(Ed25519phVerifies(message, signature, KeyFromHex(kPublicKey))) << message;
  }
}

TEST(Ed25519ph, RefusesASignatureWithAnyBitChanged) {
  const std::string good = absl::HexStringToBytes(kSignature);
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(Ed25519phVerifies("abc", bad, KeyFromHex(kPublicKey))) << bit;
  }
}

TEST(Ed25519ph, RefusesAnotherKey) {
  // RFC 8032 section 7.1, test 1.
  const Ed25519PublicKey other =
      KeyFromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_FALSE(Ed25519phVerifies("abc", absl::HexStringToBytes(kSignature), other));
}

TEST(Ed25519ph, RefusesPureEd25519) {
  // RFC 8032 section 7.1, test 1: the empty message.
  const Ed25519PublicKey key =
      KeyFromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_FALSE(Ed25519phVerifies(
      "",
      absl::HexStringToBytes(
          "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
          "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
      key));
}

TEST(Ed25519ph, RefusesSWithTheOrderAdded) {
  std::string signature = absl::HexStringToBytes(kSignature);
  const std::string order =
      absl::HexStringToBytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  int carry = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const int sum =
        static_cast<uint8_t>(signature[32 + i]) + static_cast<uint8_t>(order[i]) + carry;
    signature[32 + i] = static_cast<char>(sum);
    carry = sum >> 8;
  }
  EXPECT_FALSE(Ed25519phVerifies("abc", signature, KeyFromHex(kPublicKey)));
}

TEST(Ed25519ph, RefusesOtherLengths) {
  const std::string good = absl::HexStringToBytes(kSignature);
  EXPECT_FALSE(Ed25519phVerifies("abc", "", KeyFromHex(kPublicKey)));
  EXPECT_FALSE(Ed25519phVerifies("abc", good.substr(0, 63), KeyFromHex(kPublicKey)));
  EXPECT_FALSE(Ed25519phVerifies("abc", good + std::string(1, '\0'), KeyFromHex(kPublicKey)));
}

TEST(Ed25519ph, RefusesAKeyThatIsNoPoint) {
  // y = 2 has no x on the curve.
  Ed25519PublicKey key{};
  key[0] = 2;
  EXPECT_FALSE(Ed25519phVerifies("abc", absl::HexStringToBytes(kSignature), key));
}

TEST(Ed25519ph, VerifiesOverTheSha512OfTheStandardsExample) {
  const auto verify = [](std::string_view message) {
    const Message hashed{std::string(message)};
    const std::string sha512(hashed.Sha512().begin(), hashed.Sha512().end());
    return Ed25519phVerifiesSha512(sha512, absl::HexStringToBytes(kSignature),
                                   KeyFromHex(kPublicKey));
  };
  EXPECT_TRUE(verify("abc"));
  EXPECT_FALSE(verify("abd"));
  EXPECT_FALSE(
      Ed25519phVerifiesSha512("abc", absl::HexStringToBytes(kSignature), KeyFromHex(kPublicKey)));
}

}  // namespace
}  // namespace countersign::crypto
