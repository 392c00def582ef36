// IsIssuedBy (crypto/certificate_chain.h): what is asked of a certificate before anything is paid
// for its witnesses. Names and signatures decide; what else is to be judged is for FindPath.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "crypto/certificate.h"
#include "crypto/certificate_chain.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

constexpr std::string_view kCodeSigning = "1.3.6.1.5.5.7.3.3";
const absl::Time kThen = absl::FromUnixSeconds(1'800'000'100);

TestCertificate AuthorityParts(std::string_view name, std::string_view issuer) {
  return {.subject = std::string(name),
          .issuer = std::string(issuer),
          .extensions = {TestBasicConstraints(true), TestKeyUsage(0x06)}};
}

TestCertificate SignerParts(std::string_view issuer) {
  return {.issuer = std::string(issuer),
          .extensions = {TestKeyUsage(0x80), TestExtendedKeyUsage({kCodeSigning}),
                         TestUri("https://example.org/workflow")}};
}

bool IsFound(const Certificate& leaf, const std::vector<Certificate>& authority) {
  return std::holds_alternative<std::vector<Certificate>>(
      FindPath(leaf, authority, {}, kThen, CertificatePurpose::kCodeSigning));
}

class IsIssuedByTest : public testing::Test {
 protected:
  const TestCertificate root_parts_ = AuthorityParts("root", "root");
  const TestCertificate intermediate_parts_ = AuthorityParts("intermediate", "root");
  const Certificate root_ = MakeTestCertificate(root_parts_, root_parts_.key);
  const Certificate intermediate_ = MakeTestCertificate(intermediate_parts_, root_parts_.key);
};

TEST_F(IsIssuedByTest, OfTheRightNameAndKey) {
  const Certificate leaf = MakeTestCertificate(SignerParts("root"), root_parts_.key);
  EXPECT_TRUE(IsIssuedBy(leaf, {root_}));
  EXPECT_TRUE(IsFound(leaf, {root_}));
}

TEST_F(IsIssuedByTest, NotOfAnotherNameThoughTheKeyIsRight) {
  for (const std::string_view name : {"Root", "root2", "intermediate"}) {
    const Certificate leaf = MakeTestCertificate(SignerParts(name), root_parts_.key);
    EXPECT_FALSE(IsIssuedBy(leaf, {root_})) << name;
  }
}

TEST_F(IsIssuedByTest, NotOfAnotherKeyThoughTheNameIsRight) {
  for (const TestKeyType type :
       {TestKeyType::kEcdsaP256, TestKeyType::kRsa2048, TestKeyType::kEd25519}) {
    const Certificate leaf = MakeTestCertificate(SignerParts("root"), TestKey::Generate(type));
    EXPECT_FALSE(IsIssuedBy(leaf, {root_})) << static_cast<int>(type);
  }
  EXPECT_FALSE(IsIssuedBy(MakeTestCertificate(SignerParts("root"), intermediate_parts_.key),
                          {intermediate_, root_}));
}

TEST_F(IsIssuedByTest, GoesThroughWhatTheAuthorityBringsAndEndsAtItsAnchor) {
  const Certificate leaf =
      MakeTestCertificate(SignerParts("intermediate"), intermediate_parts_.key);
  EXPECT_TRUE(IsIssuedBy(leaf, {intermediate_, root_}));
  EXPECT_TRUE(IsIssuedBy(leaf, {root_, intermediate_}));
  EXPECT_FALSE(IsIssuedBy(leaf, {root_}));
  const TestCertificate another_parts = AuthorityParts("another root", "another root");
  const Certificate another = MakeTestCertificate(another_parts, another_parts.key);
  EXPECT_FALSE(IsIssuedBy(leaf, {intermediate_, another}));
}

// FindPath does not take it, and says why: the trusted root has what is no authority's.
TEST_F(IsIssuedByTest, AlsoOfWhatIsNoAuthoritys) {
  TestCertificate parts = SignerParts("root");
  parts.subject = "signer";
  const Certificate signer = MakeTestCertificate(parts, root_parts_.key);
  const Certificate leaf = MakeTestCertificate(SignerParts("signer"), parts.key);
  for (const std::vector<Certificate>& authority :
       {std::vector{signer}, std::vector{signer, root_}}) {
    EXPECT_TRUE(IsIssuedBy(leaf, authority));
    EXPECT_FALSE(IsFound(leaf, authority));
  }
}

TEST_F(IsIssuedByTest, AtWhateverTimeAndForWhateverPurpose) {
  TestCertificate parts = SignerParts("root");
  parts.not_before = kThen - absl::Hours(2);
  parts.not_after = kThen - absl::Hours(1);
  const Certificate expired = MakeTestCertificate(parts, root_parts_.key);
  EXPECT_TRUE(IsIssuedBy(expired, {root_}));
  EXPECT_FALSE(IsFound(expired, {root_}));
  EXPECT_TRUE(IsIssuedBy(intermediate_, {root_}));
  EXPECT_FALSE(IsFound(intermediate_, {root_}));
}

TEST_F(IsIssuedByTest, NoCertificateIssuedItself) {
  EXPECT_FALSE(IsIssuedBy(root_, {root_}));
  EXPECT_FALSE(IsIssuedBy(intermediate_, {intermediate_}));
}

TEST_F(IsIssuedByTest, NotWhatCannotBeReadStrictly) {
  TestCertificate parts = SignerParts("root");
  for (int i = 0; i < 2; ++i) parts.extensions.push_back({.oid = "1.2.3"});
  const Certificate lenient =
      Certificate::FromDer(SignTestTbs(WriteTestTbs(parts, root_parts_.key), root_parts_.key))
          .value();
  EXPECT_FALSE(IsIssuedBy(lenient, {root_}));
}

TEST_F(IsIssuedByTest, NotByNobodyNorByMoreThanAreLookedAt) {
  const Certificate leaf = MakeTestCertificate(SignerParts("root"), root_parts_.key);
  EXPECT_FALSE(IsIssuedBy(leaf, {}));
  EXPECT_TRUE(IsIssuedBy(leaf, std::vector<Certificate>(kMaxChainCertificates, root_)));
  EXPECT_FALSE(IsIssuedBy(leaf, std::vector<Certificate>(kMaxChainCertificates + 1, root_)));
}

// Authorities that have all certified each other, and no way out within the limits: FindPath has to
// say that it is one of them that was hit, and so it is not said here that nobody issued it.
TEST_F(IsIssuedByTest, MaybeBeyondTheLimits) {
  const TestKey key = TestKey::Generate();
  std::vector<Certificate> maze;
  for (uint64_t serial = 1; serial < kMaxChainCertificates; ++serial) {
    TestCertificate parts = AuthorityParts("maze", "maze");
    parts.key = key;
    parts.serial = serial;
    maze.push_back(MakeTestCertificate(parts, key));
  }
  maze.push_back(root_);
  const Certificate leaf = MakeTestCertificate(SignerParts("maze"), key);
  EXPECT_TRUE(IsIssuedBy(leaf, maze));
  const auto path = FindPath(leaf, maze, {}, kThen, CertificatePurpose::kCodeSigning);
  ASSERT_TRUE(std::holds_alternative<ChainRefusal>(path));
  EXPECT_EQ(std::get<ChainRefusal>(path).fault, ChainFault::kLimit);
}

}  // namespace
}  // namespace countersign::crypto
