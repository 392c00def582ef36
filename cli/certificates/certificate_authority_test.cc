#include "cli/certificates/certificate_authority.h"

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
const Validity kYear = {kNow, kNow + absl::Hours(24 * 365)};
const Validity kDay = {kNow, kNow + absl::Hours(24)};

KeyPair Authority(std::string_view name = "ca") { return *MakeAuthority(name, kYear); }

LeafRequest Request() {
  return {.common_name = "verifier",
          .names = {"verifier.test.svc", "*.test.svc", "127.0.0.1", "::1"},
          .for_servers = true,
          .validity = kDay};
}

TEST(MakeAuthority, SignsItself) {
  const KeyPair authority = Authority("countersign-ca 1");
  EXPECT_EQ(authority.certificate.subject(), "CN=countersign-ca 1");
  EXPECT_EQ(authority.certificate.not_before(), kYear.not_before);
  EXPECT_EQ(authority.certificate.not_after(), kYear.not_after);
  EXPECT_TRUE(authority.certificate.is_authority());
  EXPECT_TRUE(authority.certificate.IsSignedBy(authority.certificate));
  EXPECT_TRUE(authority.certificate.Certifies(authority.key.public_key()));
  EXPECT_FALSE(authority.certificate.Certifies(Authority().key.public_key()));
}

TEST(MakeAuthority, HoldsBeyondTheYear2049) {
  const absl::Time end = absl::FromUnixSeconds(4'000'000'000);
  EXPECT_EQ(MakeAuthority("ca", {kNow, end})->certificate.not_after(), end);
}

TEST(MakeAuthority, RefusesWhatNoCertificateCanSay) {
  EXPECT_THAT(MakeAuthority("", kYear), StatusIs(kInvalid, HasSubstr("common name")));
  EXPECT_THAT(MakeAuthority(std::string(65, 'n'), kYear), StatusIs(kInvalid));
  EXPECT_THAT(MakeAuthority("ca", {kNow, kNow}), StatusIs(kInvalid));
  EXPECT_THAT(MakeAuthority("ca", {kNow, absl::InfiniteFuture()}), StatusIs(kInvalid));
  EXPECT_THAT(MakeAuthority("ca", {absl::InfinitePast(), kNow}), StatusIs(kInvalid));
}

TEST(IssueLeaf, SaysWhatWasAskedFor) {
  const KeyPair authority = Authority();
  const absl::StatusOr<KeyPair> leaf = IssueLeaf(authority, Request());
  ASSERT_THAT(leaf, base::IsOk());
  EXPECT_EQ(leaf->certificate.subject(), "CN=verifier");
  EXPECT_THAT(leaf->certificate.names(),
              ElementsAre("verifier.test.svc", "*.test.svc", "127.0.0.1", "::1"));
  EXPECT_EQ(leaf->certificate.not_after(), kDay.not_after);
  EXPECT_FALSE(leaf->certificate.is_authority());
  EXPECT_TRUE(leaf->certificate.is_for_servers());
  EXPECT_FALSE(leaf->certificate.is_for_clients());
  EXPECT_TRUE(leaf->certificate.Certifies(leaf->key.public_key()));

  LeafRequest client = Request();
  client.for_servers = false;
  client.for_clients = true;
  const KeyPair other = *IssueLeaf(authority, client);
  EXPECT_FALSE(other.certificate.is_for_servers());
  EXPECT_TRUE(other.certificate.is_for_clients());
}

TEST(IssueLeaf, OnlyItsAuthorityHasSignedIt) {
  const KeyPair authority = Authority("ca");
  const KeyPair namesake = Authority("ca");
  const KeyPair leaf = *IssueLeaf(authority, Request());
  EXPECT_TRUE(leaf.certificate.IsSignedBy(authority.certificate));
  EXPECT_FALSE(leaf.certificate.IsSignedBy(namesake.certificate));
  EXPECT_FALSE(leaf.certificate.IsSignedBy(Authority("other").certificate));
  EXPECT_FALSE(leaf.certificate.IsSignedBy(leaf.certificate));
  EXPECT_FALSE(authority.certificate.IsSignedBy(leaf.certificate));
}

TEST(IssueLeaf, RefusesAnAuthorityThatIsNone) {
  const KeyPair authority = Authority();
  const KeyPair leaf = *IssueLeaf(authority, Request());
  EXPECT_THAT(IssueLeaf(leaf, Request()), StatusIs(kInvalid, HasSubstr("no authority")));
  const KeyPair mixed = {authority.certificate, leaf.key};
  EXPECT_THAT(IssueLeaf(mixed, Request()), StatusIs(kInvalid, HasSubstr("does not belong")));
}

TEST(IssueLeaf, RefusesWhatIsNotWithinTheAuthoritysTime) {
  const KeyPair authority = Authority();
  LeafRequest early = Request();
  early.validity.not_before = kYear.not_before - absl::Seconds(1);
  EXPECT_THAT(IssueLeaf(authority, early), StatusIs(kInvalid, HasSubstr("authority does not")));
  LeafRequest late = Request();
  late.validity.not_after = kYear.not_after + absl::Seconds(1);
  EXPECT_THAT(IssueLeaf(authority, late), StatusIs(kInvalid, HasSubstr("authority does not")));
}

TEST(IssueLeaf, RefusesNamesThatNobodyCanHave) {
  const KeyPair authority = Authority();
  for (const char* name : {"", ".", "a..b", ".a", "a.", "*", "a b", "a_b", "a/b", "a\nb", "DNS:a",
                           "*.*.a", "1.2.3.4/8"}) {
    LeafRequest request = Request();
    request.names = {name};
    EXPECT_THAT(IssueLeaf(authority, request), StatusIs(kInvalid, HasSubstr("neither an IP")))
        << name;
  }
  LeafRequest nameless = Request();
  nameless.names.clear();
  EXPECT_THAT(IssueLeaf(authority, nameless), StatusIs(kInvalid, HasSubstr("has no name")));
  LeafRequest useless = Request();
  useless.for_servers = false;
  EXPECT_THAT(IssueLeaf(authority, useless), StatusIs(kInvalid, HasSubstr("neither servers")));
}

}  // namespace
}  // namespace countersign::cli
