#include "crypto/hash_algorithm.h"

#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

HashAlgorithm Read(std::string_view hex) { return ReadHashAlgorithm(absl::HexStringToBytes(hex)); }

TEST(HashAlgorithm, DigestsAreThoseOfTheMessage) {
  const Message message("abc");
  const std::string sha256 = DigestOf(message, HashAlgorithm::kSha256);
  EXPECT_EQ(absl::BytesToHexString(sha256),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256.size(), DigestSize(HashAlgorithm::kSha256));
  const std::string sha384 = DigestOf(message, HashAlgorithm::kSha384);
  EXPECT_EQ(absl::BytesToHexString(sha384).substr(0, 16), "cb00753f45a35e8b");
  EXPECT_EQ(sha384.size(), DigestSize(HashAlgorithm::kSha384));
  const std::string sha512 = DigestOf(message, HashAlgorithm::kSha512);
  EXPECT_EQ(absl::BytesToHexString(sha512).substr(0, 16), "ddaf35a193617aba");
  EXPECT_EQ(sha512.size(), DigestSize(HashAlgorithm::kSha512));
}

TEST(HashAlgorithm, WithoutOneThereIsNoDigest) {
  EXPECT_EQ(DigestOf(Message("abc"), HashAlgorithm::kUnspecified), "");
  EXPECT_EQ(DigestSize(HashAlgorithm::kUnspecified), 0u);
  EXPECT_EQ(NameForPeople(HashAlgorithm::kUnspecified), "");
}

TEST(HashAlgorithm, IsNamedForPeople) {
  EXPECT_EQ(NameForPeople(HashAlgorithm::kSha256), "SHA-256");
  EXPECT_EQ(NameForPeople(HashAlgorithm::kSha384), "SHA-384");
  EXPECT_EQ(NameForPeople(HashAlgorithm::kSha512), "SHA-512");
}

TEST(ReadHashAlgorithm, KnowsSha2WithAndWithoutNull) {
  EXPECT_EQ(Read("300b0609608648016503040201"), HashAlgorithm::kSha256);
  EXPECT_EQ(Read("300b0609608648016503040202"), HashAlgorithm::kSha384);
  EXPECT_EQ(Read("300b0609608648016503040203"), HashAlgorithm::kSha512);
  EXPECT_EQ(Read("300d06096086480165030402010500"), HashAlgorithm::kSha256);
}

TEST(ReadHashAlgorithm, KnowsNothingElse) {
  for (const std::string_view hex :
       {"300706052b0e03021a",                  // SHA-1
        "300b0609608648016503040204",          // SHA-224
        "300d06096086480165030402010400",      // an OCTET STRING as parameters
        "300e0609608648016503040201050100",    // a NULL that holds a byte
        "300f060960864801650304020105000500",  // two parameters
        "300b060960864801650304020105",        // a byte behind it
        "310b0609608648016503040201", "3000", ""}) {
    EXPECT_EQ(Read(hex), HashAlgorithm::kUnspecified) << hex;
  }
}

}  // namespace
}  // namespace countersign::crypto
