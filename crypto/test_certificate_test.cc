#include "crypto/test_certificate.h"

#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

TEST(MakeTestAuthority, SignsItself) {
  const absl::Time begin = absl::FromUnixSeconds(1'800'000'000);
  const absl::Time end = begin + absl::Hours(1);
  for (const TestKeyType type :
       {TestKeyType::kEcdsaP256, TestKeyType::kEcdsaP384, TestKeyType::kRsa2048}) {
    const Certificate made = MakeTestAuthority("one", TestKey::Generate(type), begin, end);
    EXPECT_EQ(made.subject(), "CN=one");
    EXPECT_EQ(made.not_before(), begin);
    EXPECT_EQ(made.not_after(), end);
    EXPECT_TRUE(made.is_authority());
    EXPECT_TRUE(made.IsSignedBy(made));
  }
}

TEST(MakeTestAuthority, NamesakesHaveNotSignedEachOther) {
  const absl::Time begin = absl::FromUnixSeconds(1'800'000'000);
  const auto make = [begin] {
    return MakeTestAuthority("one", TestKey::Generate(), begin, begin + absl::Hours(1));
  };
  EXPECT_FALSE(make().IsSignedBy(make()));
}

// What is written byte by byte is what BoringSSL understands.
TEST(MakeTestCertificate, IsSignedByItsIssuer) {
  for (const TestKeyType type :
       {TestKeyType::kEcdsaP256, TestKeyType::kEcdsaP384, TestKeyType::kEcdsaP521,
        TestKeyType::kRsa2048, TestKeyType::kEd25519}) {
    const TestKey key = TestKey::Generate(type);
    const Certificate issuer =
        MakeTestCertificate({.subject = "root",
                             .issuer = "root",
                             .key = key,
                             .extensions = {TestBasicConstraints(true, 0), TestKeyUsage(0x04)}},
                            key);
    const TestCertificate parts = {
        .issuer = "root",
        .not_after = absl::FromUnixSeconds(2'600'000'000),
        .extensions = {TestKeyUsage(0x80), TestExtendedKeyUsage({"1.3.6.1.5.5.7.3.1"}),
                       TestUri("https://example.org/")}};
    const Certificate made = MakeTestCertificate(parts, key);
    EXPECT_TRUE(issuer.is_authority());
    EXPECT_TRUE(issuer.is_self_issued());
    EXPECT_TRUE(issuer.IsSignedBy(issuer));
    EXPECT_TRUE(made.IsSignedBy(issuer));
    EXPECT_FALSE(made.is_authority());
    EXPECT_FALSE(made.is_self_issued());
    EXPECT_TRUE(made.is_for_servers());
    EXPECT_FALSE(made.is_for_clients());
    EXPECT_EQ(made.subject(), "");
    EXPECT_EQ(made.not_before(), parts.not_before);
    EXPECT_EQ(made.not_after(), parts.not_after);
    EXPECT_TRUE(made.Certifies(parts.key.PublicDer()));
  }
}

TEST(MakeTestCertificate, IsSignedByTheHashThatIsAskedFor) {
  const TestKey key = TestKey::Generate(TestKeyType::kRsa2048);
  for (const TestScheme scheme : {TestScheme::kSha256, TestScheme::kSha384, TestScheme::kSha512}) {
    const Certificate made = MakeTestCertificate({.subject = "root",
                                                  .issuer = "root",
                                                  .key = key,
                                                  .extensions = {TestBasicConstraints(true)}},
                                                 key, scheme);
    EXPECT_TRUE(made.IsSignedBy(made)) << static_cast<int>(scheme);
  }
}

}  // namespace
}  // namespace countersign::crypto
