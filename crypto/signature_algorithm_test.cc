#include "crypto/signature_algorithm.h"

#include <string_view>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

SignatureScheme Read(std::string_view hex) {
  return ReadSignatureAlgorithm(absl::HexStringToBytes(hex));
}

TEST(SignatureAlgorithm, IsOneOfThoseThatVerify) {
  EXPECT_EQ(Read("300a06082a8648ce3d040302"), SignatureScheme::kEcdsaSha256);
  EXPECT_EQ(Read("300a06082a8648ce3d040303"), SignatureScheme::kEcdsaSha384);
  EXPECT_EQ(Read("300a06082a8648ce3d040304"), SignatureScheme::kEcdsaSha512);
  EXPECT_EQ(Read("300d06092a864886f70d01010b0500"), SignatureScheme::kRsaPkcs1Sha256);
  EXPECT_EQ(Read("300d06092a864886f70d01010c0500"), SignatureScheme::kRsaPkcs1Sha384);
  EXPECT_EQ(Read("300d06092a864886f70d01010d0500"), SignatureScheme::kRsaPkcs1Sha512);
  EXPECT_EQ(Read("300b06092a864886f70d01010b"), SignatureScheme::kRsaPkcs1Sha256);
  EXPECT_EQ(Read("300506032b6570"), SignatureScheme::kEd25519);
}

TEST(SignatureAlgorithm, IsNoneOfTheOthers) {
  for (const char* other : {
           "300906072a8648ce3d0401",          // ecdsa-with-SHA1
           "300a06082a8648ce3d040301",        // ecdsa-with-SHA224
           "300d06092a864886f70d0101050500",  // sha1WithRSAEncryption
           "300d06092a864886f70d01010a3000",  // RSASSA-PSS
           "300506032b6571",                  // Ed448
           "300906072a8648ce3d0201",          // id-ecPublicKey
       }) {
    EXPECT_EQ(Read(other), SignatureScheme::kUnspecified) << other;
  }
}

TEST(SignatureAlgorithm, HasTheParametersThatItMayHave) {
  for (const char* bad : {
           "300c06082a8648ce3d0403020500",        // NULL with ECDSA
           "300706032b65700500",                  // NULL with Ed25519
           "300e06092a864886f70d01010b050100",    // NULL with contents
           "300f06092a864886f70d01010b05000500",  // two
           "300d06092a864886f70d01010b3000",      // another
           "300a06082a8648ce3d04030200",          // bytes behind it
           "310a06082a8648ce3d040302",            // a SET
           "3000",
           "",
       }) {
    EXPECT_EQ(Read(bad), SignatureScheme::kUnspecified) << bad;
  }
}

}  // namespace
}  // namespace countersign::crypto
