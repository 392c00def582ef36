// Which keys are read, what is said of them, and why others are not.

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_matchers.h"
#include "crypto/key_algorithm.h"
#include "crypto/public_key.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

std::string Pem(std::string_view label, std::string_view der) {
  return absl::StrCat("-----BEGIN ", label, "-----\n", absl::Base64Escape(der), "\n-----END ",
                      label, "-----\n");
}

std::string PemFromHex(std::string_view hex) {
  return Pem("PUBLIC KEY", absl::HexStringToBytes(hex));
}

TEST(PublicKey, IsReadFromDerAsFromPem) {
  for (const TestKeyType type :
       {TestKeyType::kEcdsaP521, TestKeyType::kRsa3072, TestKeyType::kEd25519}) {
    const TestKey pair = TestKey::Generate(type);
    const absl::StatusOr<PublicKey> key = PublicKey::FromDer(pair.PublicDer());
    ASSERT_THAT(key, IsOk());
    EXPECT_EQ(key->der(), pair.PublicDer());
    EXPECT_EQ(pair.Public().der(), pair.PublicDer());
    EXPECT_EQ(key->Fingerprint(), pair.Public().Fingerprint());
    EXPECT_TRUE(Verifies(*key, "message", pair.Sign("message")));
    EXPECT_THAT(PublicKey::FromDer(pair.PublicDer() + "x"),
                StatusIs(kInvalid, "bytes follow the key in its DER"));
    EXPECT_THAT(PublicKey::FromDer(pair.PublicPem()), StatusIs(kInvalid));
  }
  EXPECT_THAT(PublicKey::FromDer(""), StatusIs(kInvalid));
}

TEST(PublicKey, AdvisesOnOtherPemBlocks) {
  const struct {
    std::string label;
    std::string why;
  } kCases[] = {
      {"PRIVATE KEY", "it is a private key (PRIVATE KEY)"},
      {"ENCRYPTED SIGSTORE PRIVATE KEY", "`cosign public-key --key FILE` prints the public key"},
      {"CERTIFICATE", "it is a certificate; `openssl x509"},
      // Of an RSA key the size and the rest are looked at as of any other.
      {"RSA PUBLIC KEY", "its"},
      {"EC PUBLIC KEY", "its PEM block is labelled EC PUBLIC KEY, not PUBLIC KEY"},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(PublicKey::FromPem(Pem(test.label, "x")), StatusIs(kInvalid, HasSubstr(test.why)));
  }
}

// Algorithm identifiers that are small enough to read, each followed by a key that is never looked
// at.
TEST(PublicKey, NamesTheAlgorithmThatItRefuses) {
  const struct {
    std::string hex;
    std::string why;
  } kCases[] = {
      {"300a300506032b6571030100", "its algorithm Ed448 is not supported"},
      {"300a300506032b656e030100", "its algorithm X25519 is not supported"},
      {"300a300506032a0304030100",
       "its algorithm with the object identifier 1.2.3.4 is not supported"},
      {"3015301006072a8648ce3d020106052b8104000a030100", "its curve secp256k1 is not supported"},
      {"3015301006072a8648ce3d020106052b81040021030100", "its curve P-224 is not supported"},
      {"3015301006072a8648ce3d020106052b8104007f030100",
       "its curve with the object identifier 1.3.132.0.127 is"},
      {"3010300b06072a8648ce3d02013000030100", "its curve is spelled out as parameters"},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(PublicKey::FromPem(PemFromHex(test.hex)), StatusIs(kInvalid, HasSubstr(test.why)));
  }
}

TEST(PublicKey, RefusesMalformedDer) {
  // An Ed25519 key (RFC 8032 section 7.1, test 1), and ways to spoil it.
  const std::string key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
  ASSERT_THAT(PublicKey::FromPem(PemFromHex("302a300506032b6570032100" + key)), IsOk());
  const struct {
    std::string hex;
    std::string why;
  } kCases[] = {
      {"302a300506032b6570032100" + key + "00", "bytes follow the key in its DER"},
      {"302a300506032b6570032101" + key, "no well-formed public key"},
      {"302a300506032b6570042100" + key, "no well-formed public key"},
      {"302a300506032b657003210000", "no well-formed public key"},
      {"302c300706032b65700500032100" + key, "no well-formed public key"},
      {"3029300506032b6570032000" + key.substr(2), "not 32 bytes long"},
      {"302a300506032b65700321000200000000000000000000000000000000000000000000000000000000000000",
       "no point of the curve"},
      {"302a300506032b65700321000100000000000000000000000000000000000000000000000000000000000000",
       "point of small order"},
      {"302a300506032b65700321000000000000000000000000000000000000000000000000000000000000000000",
       "point of small order"},
      {"30", "no well-formed public key"},
      {"3000", "no well-formed public key"},
      {"020101", "no well-formed public key"},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(PublicKey::FromPem(PemFromHex(test.hex)), StatusIs(kInvalid, HasSubstr(test.why)))
        << test.hex;
  }
}

// testdata/keys: made by openssl and cosign.
absl::StatusOr<PublicKey> KeyFromFile(const std::string& name) {
  const absl::StatusOr<std::string> pem = base::LoadFile("testdata/keys/" + name + ".pub");
  EXPECT_THAT(pem, IsOk());
  return PublicKey::FromPem(pem.value_or(""));
}

TEST(KeyFiles, OfEachTypeAreRead) {
  const std::map<std::string, std::string> kDescriptions = {
      {"cosign-generated", "ECDSA P-256"},
      {"ecdsa-p256", "ECDSA P-256"},
      {"ecdsa-p384", "ECDSA P-384"},
      {"ecdsa-p521", "ECDSA P-521"},
      {"ed25519", "Ed25519"},
      {"rsa-2048", "RSA 2048"},
      {"rsa-3072", "RSA 3072"},
      {"rsa-4096", "RSA 4096"},
  };
  for (const auto& [name, description] : kDescriptions) {
    const absl::StatusOr<PublicKey> key = KeyFromFile(name);
    ASSERT_THAT(key, IsOk()) << name;
    EXPECT_EQ(key->Description(), description) << name;
  }
}

TEST(KeyFiles, OfUnusualFormAreTheSameKey) {
  for (const char* name : {"odd/blank-lines-around", "odd/crlf", "odd/no-final-newline",
                           "odd/text-after", "odd/text-before"}) {
    ASSERT_THAT(KeyFromFile(name), IsOk()) << name;
    EXPECT_EQ(KeyFromFile(name)->Fingerprint(), KeyFromFile("ecdsa-p256")->Fingerprint()) << name;
  }
  ASSERT_THAT(KeyFromFile("odd/rsa-2048-pkcs1"), IsOk());
  EXPECT_EQ(KeyFromFile("odd/rsa-2048-pkcs1")->Fingerprint(),
            KeyFromFile("rsa-2048")->Fingerprint());
}

// Few keys are made so today, but nothing is wrong with one where the padding is checked whole;
// cosign takes it too.
TEST(KeyFiles, WithRsaExponent3AreRead) { EXPECT_THAT(KeyFromFile("odd/rsa-exponent-3"), IsOk()); }

TEST(KeyFiles, ThatCannotBeUsedSayWhy) {
  const std::map<std::string, std::string> kFaults = {
      {"certificate", "it is a certificate"},
      {"ecdsa-p224", "its curve P-224 is not supported"},
      {"ecdsa-p256-compressed-point", "its point is compressed"},
      {"ecdsa-p256-explicit-parameters", "its curve is spelled out as parameters"},
      {"ecdsa-p256-point-off-curve", "its point is not on its curve"},
      {"ecdsa-p256-trailing-byte", "bytes follow the key in its DER"},
      {"ed25519-short", "its Ed25519 key is not 32 bytes long"},
      {"ed448", "its algorithm Ed448 is not supported"},
      {"empty", "it is empty"},
      {"no-pem", "it holds no PEM block"},
      {"not-base64", "no base64"},
      {"private-key", "it is a private key"},
      {"rsa-1024", "its RSA modulus has 1024 bits; 2048 to 4096 are supported"},
      {"rsa-2047", "its RSA modulus has 2047 bits"},
      {"rsa-8192", "its RSA modulus has 8192 bits"},
      {"rsa-pss-only", "its algorithm RSASSA-PSS is not supported"},
      {"same-block-twice", "it holds more than one PEM block"},
      {"secp256k1", "its curve secp256k1 is not supported"},
      {"truncated", "its PEM block is not finished"},
      {"truncated-body", "its DER is no well-formed public key"},
      {"two-blocks", "it holds more than one PEM block"},
      {"wrong-label", "its PEM block is labelled EC PUBLIC KEY"},
      {"x25519", "its algorithm X25519 is not supported"},
  };
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("testdata/keys/bad")) {
    const std::string name = entry.path().stem();
    ++files;
    ASSERT_TRUE(kFaults.contains(name)) << name;
    EXPECT_THAT(KeyFromFile("bad/" + name), StatusIs(kInvalid, HasSubstr(kFaults.at(name))))
        << name;
  }
  EXPECT_EQ(files, kFaults.size());
}

TEST(PublicKey, SaysItsAlgorithm) {
  EXPECT_EQ(TestKey::Generate(TestKeyType::kEcdsaP256).Public().algorithm(),
            KeyAlgorithm::kEcdsaP256);
  EXPECT_EQ(TestKey::Generate(TestKeyType::kEcdsaP384).Public().algorithm(),
            KeyAlgorithm::kEcdsaP384);
  EXPECT_EQ(TestKey::Generate(TestKeyType::kEcdsaP521).Public().algorithm(),
            KeyAlgorithm::kEcdsaP521);
  EXPECT_EQ(TestKey::Generate(TestKeyType::kRsa3072).Public().algorithm(), KeyAlgorithm::kRsa);
  EXPECT_EQ(TestKey::Generate(TestKeyType::kEd25519).Public().algorithm(), KeyAlgorithm::kEd25519);
}

TEST(PublicKey, DescribesItself) {
  EXPECT_EQ(TestKey::Generate(TestKeyType::kEcdsaP256).Public().Description(), "ECDSA P-256");
  EXPECT_EQ(TestKey::Generate(TestKeyType::kEcdsaP384).Public().Description(), "ECDSA P-384");
  EXPECT_EQ(TestKey::Generate(TestKeyType::kEcdsaP521).Public().Description(), "ECDSA P-521");
  EXPECT_EQ(TestKey::Generate(TestKeyType::kRsa3072).Public().Description(), "RSA 3072");
  EXPECT_EQ(TestKey::Generate(TestKeyType::kEd25519).Public().Description(), "Ed25519");
}

TEST(PublicKey, SaysHowLongAnRsaKeyIs) {
  EXPECT_EQ(TestKey::Generate(TestKeyType::kRsa2048).Public().rsa_bits(), 2048u);
  EXPECT_EQ(TestKey::Generate(TestKeyType::kRsa4096).Public().rsa_bits(), 4096u);
  EXPECT_EQ(TestKey::Generate(TestKeyType::kEcdsaP256).Public().rsa_bits(), 0u);
  EXPECT_EQ(TestKey::Generate(TestKeyType::kEd25519).Public().rsa_bits(), 0u);
}

}  // namespace
}  // namespace countersign::crypto
