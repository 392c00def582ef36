#include "crypto/certificate.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/pem_block.h"
#include "base/status_matchers.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

Certificate Make(std::string_view name, const TestKey& key = TestKey::Generate()) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  return MakeTestAuthority(name, key, now, now + absl::Hours(1));
}

TEST(Certificate, CertifiesItsKeyAlone) {
  const TestKey key = TestKey::Generate();
  const Certificate certificate = Make("one", key);
  EXPECT_TRUE(certificate.Certifies(key.PublicDer()));
  EXPECT_FALSE(certificate.Certifies(TestKey::Generate().PublicDer()));
  EXPECT_FALSE(certificate.Certifies(""));
}

TEST(Certificate, ChainsAreReadInTheirOrder) {
  const Certificate one = Make("one");
  const Certificate two = Make("two");
  EXPECT_THAT(*Certificate::ParseChain(WriteChain({one, two})), ElementsAre(one, two));
  EXPECT_THAT(*Certificate::ParseChain(absl::StrCat("one:\n", one.Pem(), "\r\n two:", two.Pem())),
              ElementsAre(one, two));
}

TEST(Certificate, HoldsFromItsFirstSecondToItsLast) {
  const Certificate certificate = Make("one");
  const absl::Duration second = absl::Seconds(1);
  EXPECT_TRUE(certificate.HoldsAt(certificate.not_before()));
  EXPECT_TRUE(certificate.HoldsAt(certificate.not_after()));
  EXPECT_FALSE(certificate.HoldsAt(certificate.not_before() - second));
  EXPECT_FALSE(certificate.HoldsAt(certificate.not_after() + second));
}

TEST(Certificate, SaysWhatIsWrong) {
  const std::string good = Make("one").Pem();
  EXPECT_THAT(Certificate::ParseChain(""), StatusIs(kInvalid, HasSubstr("holds no certificate")));
  EXPECT_THAT(Certificate::ParseChain("junk"), StatusIs(kInvalid));
  EXPECT_THAT(Certificate::ParseChain(good + "-----BEGIN CERTIFICATE-----\nZm9v"),
              StatusIs(kInvalid, "certificate 2: it is not finished"));
  EXPECT_THAT(Certificate::ParseChain(good + base::WritePemBlock("CERTIFICATE", "foo")),
              StatusIs(kInvalid, "certificate 2: it is no DER certificate"));
  EXPECT_THAT(Certificate::FromDer(Make("one").der() + "x"), StatusIs(kInvalid));
  const std::string key = base::WritePemBlock("PRIVATE KEY", TestKey::Generate().Pkcs8());
  EXPECT_THAT(Certificate::ParseChain(key),
              StatusIs(kInvalid, AllOf(HasSubstr("labelled PRIVATE KEY"), Not(HasSubstr(key)))));
}

TEST(Certificate, EveryCutOfItsBytesIsRefused) {
  const std::string der = Make("one").der();
  for (size_t size = 0; size < der.size(); ++size) {
    EXPECT_THAT(Certificate::FromDer(der.substr(0, size)), StatusIs(kInvalid)) << size;
  }
}

TEST(Certificate, AChangedByteIsNeverSigned) {
  const Certificate authority = Make("one");
  const std::string der = authority.der();
  for (size_t i = 0; i < der.size(); ++i) {
    std::string changed = der;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const absl::StatusOr<Certificate> read = Certificate::FromDer(changed);
    EXPECT_FALSE(read.ok() && read->IsSignedBy(authority)) << i;
  }
}

TEST(Certificate, TheSystemsAuthoritiesAreUnderstood) {
  const absl::StatusOr<std::string> pem = base::LoadFile("/etc/ssl/certs/ca-certificates.crt");
  ASSERT_THAT(pem, IsOk()) << "Debian's package ca-certificates (tools/packages.txt) has it";
  const absl::StatusOr<std::vector<Certificate>> roots = Certificate::ParseChain(*pem);
  ASSERT_THAT(roots, IsOk());
  for (const Certificate& root : *roots) {
    EXPECT_TRUE(root.is_authority()) << root.subject();
    EXPECT_LT(root.not_before(), root.not_after()) << root.subject();
  }
}

}  // namespace
}  // namespace countersign::crypto
