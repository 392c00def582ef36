#include "crypto/certificate.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/pem_block.h"
#include "base/status_matchers.h"
#include "crypto/der.h"
#include "crypto/test_certificate.h"
#include "crypto/test_der.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pointee;
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

TEST(StrictCertificate, HasItsKeyAsItStandsThere) {
  for (const TestKeyType type :
       {TestKeyType::kEcdsaP384, TestKeyType::kRsa2048, TestKeyType::kEd25519}) {
    const TestKey key = TestKey::Generate(type);
    const Certificate certificate = MakeTestCertificate({.issuer = "root", .key = key}, key);
    EXPECT_EQ(certificate.public_key_info(), key.PublicDer());
    EXPECT_EQ(Certificate::FromDer(certificate.der())->public_key_info(), key.PublicDer());
  }
}

TEST(StrictCertificate, HasTheNamesOfPeopleAndWorkloads) {
  const std::string other = WriteDer(
      ConstructedTag(0), {WriteDerOid("1.3.6.1.4.1.57264.1.7"),
                          WriteDer(ConstructedTag(0), {WriteDer(DerTag::kUtf8String, {"a!b"})})});
  const TestExtension names = {
      .oid = "2.5.29.17",
      .value = WriteDerSequence({WriteDer(PrimitiveTag(2), {"example.org"}), other,
                                 WriteDer(PrimitiveTag(1), {"a@example.org"}),
                                 WriteDer(PrimitiveTag(6), {"https://example.org/a"})})};
  const Certificate certificate =
      MakeTestCertificate({.issuer = "root", .extensions = {names}}, TestKey::Generate());
  using Kind = Certificate::SubjectName::Kind;
  EXPECT_THAT(certificate.subject_names(),
              ElementsAre(SubjectName{Kind::kOther, "a!b", "1.3.6.1.4.1.57264.1.7"},
                          SubjectName{Kind::kEmail, "a@example.org", ""},
                          SubjectName{Kind::kUri, "https://example.org/a", ""}));
  EXPECT_THAT(certificate.names(), ElementsAre("example.org"));
  EXPECT_THAT(Certificate::FromDer(certificate.der())->subject_names(), IsEmpty());
}

TEST(StrictCertificate, FindsItsExtensions) {
  const Certificate certificate = MakeTestCertificate(
      {.issuer = "root",
       .extensions = {{.oid = "1.3.6.1.4.1.57264.1.1", .value = "https://issuer.example"},
                      {.oid = "1.3.6.1.4.1.57264.1.2", .value = ""}}},
      TestKey::Generate());
  EXPECT_THAT(certificate.FindExtension("1.3.6.1.4.1.57264.1.1"),
              Pointee(Eq("https://issuer.example")));
  EXPECT_THAT(certificate.FindExtension("1.3.6.1.4.1.57264.1.2"), Pointee(Eq("")));
  EXPECT_EQ(certificate.FindExtension("1.3.6.1.4.1.57264.1"), nullptr);
  EXPECT_EQ(certificate.FindExtension("no object identifier"), nullptr);
  EXPECT_EQ(certificate.FindExtension(""), nullptr);
}

// What is read for TLS may be what authorities of long ago have written.
TEST(StrictCertificate, RefusesWhatIsReadElsewhere) {
  const TestKey key = TestKey::Generate();
  const TestExtension uri = TestUri("https://example.org/");
  const TestExtension one = {.oid = "1.2.3.4"};
  for (const TestCertificate& parts : {
           TestCertificate{.subject = "root", .issuer = "root", .version = std::nullopt},
           TestCertificate{.issuer = "root", .extensions = {one, uri, one}},
           TestCertificate{.issuer = "root", .extensions = {TestUri("https://\xc3\xa9/")}},
       }) {
    const std::string der = SignTestTbs(WriteTestTbs(parts, key), key);
    EXPECT_THAT(Certificate::FromDer(der), IsOk());
    EXPECT_THAT(Certificate::FromDerStrictly(der), StatusIs(kInvalid));
  }
}

// Strictness is no trust in what is read: what BoringSSL does not understand is refused, too.
TEST(StrictCertificate, RefusesWhatIsRefusedElsewhere) {
  const TestKey key = TestKey::Generate();
  const TestExtension bad = {.oid = "2.5.29.19", .value = "no basicConstraints"};
  const std::string der =
      SignTestTbs(WriteTestTbs({.issuer = "root", .extensions = {bad}}, key), key);
  EXPECT_THAT(Certificate::FromDerStrictly(der),
              StatusIs(kInvalid, "one of its extensions is malformed"));
  EXPECT_THAT(Certificate::FromDerStrictly(""), StatusIs(kInvalid));
  EXPECT_THAT(Certificate::FromDerStrictly(key.PublicDer()), StatusIs(kInvalid));
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
