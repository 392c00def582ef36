#include "cli/certificates/authorities.h"

#include <string>
#include <string_view>
#include <utility>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

KeyPair Make(std::string_view name, absl::Duration left = absl::Hours(10)) {
  return *MakeAuthority(name, {kNow - absl::Hours(10), kNow + left});
}

CertificateSecret Empty() { return CertificateSecret({.name = "countersign-ca"}, nullptr); }

CertificateSecret Stored(const Authorities& authorities, absl::Time now = kNow) {
  CertificateSecret secret = Empty();
  WriteAuthorities(authorities, now, &secret);
  return CertificateSecret({.name = "countersign-ca"}, secret.Write("Opaque"));
}

TEST(Authorities, AreReadAsTheyWereWritten) {
  Authorities written;
  written.issuing = Make("issuing");
  written.next = Make("next");
  written.old = {Make("old").certificate};
  written.next_trusted_since = kNow - absl::Minutes(5);
  written.old_unused_since = kNow - absl::Minutes(3);
  const AuthoritiesRead read = ReadAuthorities(Stored(written), kNow);
  EXPECT_THAT(read.faults, IsEmpty());
  EXPECT_EQ(read.authorities.issuing->key.pkcs8(), written.issuing->key.pkcs8());
  EXPECT_EQ(read.authorities.next->certificate, written.next->certificate);
  EXPECT_EQ(read.authorities.old, written.old);
  EXPECT_EQ(read.authorities.next_trusted_since, written.next_trusted_since);
  EXPECT_EQ(read.authorities.old_unused_since, written.old_unused_since);
  EXPECT_THAT(
      read.authorities.Trusted(kNow),
      ElementsAre(written.issuing->certificate, written.next->certificate, written.old.front()));
}

TEST(Authorities, WhatHasEndedIsNotTrusted) {
  Authorities written;
  written.issuing = Make("issuing");
  written.old = {Make("old", absl::Hours(1)).certificate};
  const absl::Time later = kNow + absl::Hours(2);
  EXPECT_THAT(written.Trusted(later), ElementsAre(written.issuing->certificate));
  EXPECT_THAT(ReadAuthorities(Stored(written), later).authorities.old, IsEmpty());

  written.issuing = Make("issuing", absl::Hours(1));
  const AuthoritiesRead read = ReadAuthorities(Stored(written), later);
  EXPECT_FALSE(read.authorities.issuing.has_value());
  EXPECT_THAT(read.faults, ElementsAre(HasSubstr("its tls.crt cannot be used: it has ended")));
}

TEST(Authorities, OneWithoutItsKeyIsTrustedOnly) {
  const KeyPair one = Make("one");
  for (const std::string& key : {std::string(), std::string("junk"), Make("other").key.Pem()}) {
    CertificateSecret secret = Empty();
    secret.SetEntry("tls.crt", one.certificate.Pem());
    secret.SetEntry("tls.key", key);
    const AuthoritiesRead read = ReadAuthorities(secret, kNow);
    EXPECT_FALSE(read.authorities.issuing.has_value());
    EXPECT_THAT(read.authorities.old, ElementsAre(one.certificate));
    EXPECT_THAT(read.faults, ElementsAre(HasSubstr("its tls.key cannot be used")));
  }
}

TEST(Authorities, NothingElseIsTakenForOne) {
  const KeyPair authority = Make("one");
  const KeyPair leaf = *IssueLeaf(authority, {.common_name = "leaf",
                                              .names = {"leaf.test"},
                                              .for_servers = true,
                                              .validity = {kNow, kNow + absl::Hours(1)}});
  CertificateSecret secret = Empty();
  secret.SetEntry("tls.crt", leaf.certificate.Pem());
  secret.SetEntry("tls.key", leaf.key.Pem());
  secret.SetEntry("next.crt", "junk");
  secret.SetEntry("old.crt", leaf.certificate.Pem());
  const AuthoritiesRead read = ReadAuthorities(secret, kNow);
  EXPECT_THAT(read.faults, ElementsAre(HasSubstr("its tls.crt cannot be used: it is no authority"),
                                       HasSubstr("its next.crt cannot be used")));
  EXPECT_THAT(read.authorities.Trusted(kNow), IsEmpty());
}

TEST(Authorities, ATimeThatWasNotedAboutOthersIsNotBelieved) {
  Authorities written;
  written.next = Make("next");
  written.next_trusted_since = kNow;
  CertificateSecret secret = Stored(written);
  secret.SetEntry("next.crt", "");
  const KeyPair other = Make("other");
  secret.SetEntry("next.crt", other.certificate.Pem());
  secret.SetEntry("next.key", other.key.Pem());
  EXPECT_EQ(ReadAuthorities(secret, kNow).authorities.next_trusted_since, std::nullopt);
}

TEST(Authorities, ATimeToComeIsNotBelieved) {
  Authorities written;
  written.next = Make("next");
  written.next_trusted_since = kNow + absl::Seconds(1);
  EXPECT_EQ(ReadAuthorities(Stored(written), kNow).authorities.next_trusted_since, std::nullopt);
}

TEST(Authorities, RetiringDropsTheKey) {
  Authorities authorities;
  authorities.issuing = Make("issuing");
  CertificateSecret secret = Stored(authorities);
  authorities.old = {authorities.issuing->certificate};
  authorities.issuing = Make("new");
  WriteAuthorities(authorities, kNow, &secret);
  const base::Json object = secret.Write("Opaque");
  EXPECT_EQ(object["data"].size(), 4) << object["data"];
  EXPECT_TRUE(object["data"].contains("old.crt"));
  EXPECT_FALSE(object["data"].contains("next.key"));
}

}  // namespace
}  // namespace countersign::cli
