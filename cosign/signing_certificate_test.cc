#include "cosign/signing_certificate.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "base/test_heap.h"
#include "cosign/test_sigstore.h"
#include "crypto/certificate.h"
#include "crypto/der.h"
#include "crypto/test_certificate.h"
#include "crypto/test_der.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

// The DER of a certificate with these extensions.
std::string Certify(const crypto::TestKey& key, std::vector<crypto::TestExtension> extensions) {
  return crypto::MakeTestCertificate(
             {.issuer = "authority", .key = key, .extensions = std::move(extensions)}, key)
      .der();
}

SigningCertificate Read(std::string_view der) {
  return SigningCertificate(crypto::Certificate::FromDerStrictly(der).value());
}

// subjectAltName with so many names of one kind.
crypto::TestExtension Names(size_t count, crypto::DerTag tag, std::string_view name) {
  std::string names;
  for (size_t i = 0; i < count; ++i) names += crypto::WriteDer(tag, {name});
  return {.oid = "2.5.29.17", .value = crypto::WriteDer(crypto::DerTag::kSequence, {names})};
}

TEST(SigningCertificate, HasItsKeyAndWhomItNames) {
  const crypto::TestKey key = crypto::TestKey::Generate();
  const SigningCertificate certificate =
      Read(Certify(key, {crypto::TestUri(kTestSubject), TestFulcioExtension(8, kTestIssuer)}));
  ASSERT_NE(certificate.key(), nullptr);
  EXPECT_EQ(certificate.key()->der(), key.PublicDer());
  ASSERT_THAT(certificate.identity(), base::IsOk());
  EXPECT_EQ(certificate.identity()->issuer, kTestIssuer);
  EXPECT_THAT(certificate.identity()->subjects, ::testing::ElementsAre(kTestSubject));
}

TEST(SigningCertificate, ThatNamesTwoIssuersNamesNobody) {
  const SigningCertificate certificate =
      Read(Certify(crypto::TestKey::Generate(),
                   {TestFulcioExtension(1, kTestIssuer), TestFulcioExtension(8, "another")}));
  EXPECT_FALSE(certificate.identity().ok());
}

TEST(SigningCertificateMemory, IsNoLessThanWhatIsHeld) {
  constexpr size_t kNames = 65;  // one more than a list has room for before it grows
  const crypto::TestKey key = crypto::TestKey::Generate();
  std::vector<crypto::TestExtension> many;
  for (size_t i = 0; i < kNames; ++i) {
    many.push_back({.oid = absl::StrCat("1.2.3.", i), .value = ""});
  }
  for (const std::string& der :
       {Certify(key, {crypto::TestUri(kTestSubject)}),
        Certify(key, {Names(kNames, crypto::PrimitiveTag(6), "a")}),
        Certify(key, {Names(kNames, crypto::PrimitiveTag(6), "https://example.org/a/name")}),
        Certify(key, {Names(kNames, crypto::PrimitiveTag(2), "host.example.org")}),
        Certify(key, many)}) {
    EXPECT_GT(Read(der).memory_bytes(), der.size());
    const size_t before = base::HeapBytes();
    const auto certificate = std::make_unique<const SigningCertificate>(Read(der));
    const size_t held = base::HeapBytes() - before;
    EXPECT_GE(certificate->memory_bytes(), held);
  }
}

}  // namespace
}  // namespace countersign::cosign
