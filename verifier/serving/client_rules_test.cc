#include "verifier/serving/client_rules.h"

#include <string>
#include <vector>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using ::countersign::base::StatusIs;
using http::ClientNames;
using ::testing::AllOf;
using ::testing::HasSubstr;

ClientRights Rights(const std::vector<std::string>& rules, const ClientNames& client) {
  return ClientRules::Parse(rules).value().RightsOf(client);
}

bool IsListed(const std::string& rule, const ClientNames& client) {
  return Rights({rule}, client).may_ask;
}

TEST(ClientRights, AreNoneByDefault) {
  const ClientRights rights;
  EXPECT_FALSE(rights.may_ask);
  EXPECT_FALSE(rights.shared_credentials);
  EXPECT_FALSE(rights.Covers("shop"));
}

TEST(ClientRules, WithoutRulesEveryClientHasEveryRight) {
  const ClientRights rights = Rights({}, {});
  EXPECT_TRUE(rights.may_ask);
  EXPECT_TRUE(rights.shared_credentials);
  EXPECT_TRUE(rights.Covers("shop"));
  EXPECT_TRUE(rights.Covers("Not_A_Namespace"));
}

TEST(ClientRules, WhoIsNotListedHasNoRights) {
  for (const ClientNames& client :
       {ClientNames(), ClientNames{.dns = {"other.example.org"}},
        ClientNames{.uris = {"ci.example.org"}}, ClientNames{.uris = {"dns:ci.example.org"}}}) {
    const ClientRights rights = Rights({"dns:ci.example.org=*"}, client);
    EXPECT_FALSE(rights.may_ask) << client.Describe();
    EXPECT_FALSE(rights.shared_credentials) << client.Describe();
    EXPECT_FALSE(rights.Covers("shop")) << client.Describe();
  }
}

TEST(ClientRules, GiveWhatStandsAfterTheEqualsSign) {
  const ClientNames ci = {.dns = {"ci.example.org"}};
  const ClientRights none = Rights({"dns:ci.example.org=none"}, ci);
  EXPECT_TRUE(none.may_ask);
  EXPECT_FALSE(none.shared_credentials);
  EXPECT_TRUE(none.Covers(""));
  EXPECT_FALSE(none.Covers("shop"));
  EXPECT_FALSE(none.Covers("none"));

  const ClientRights shared = Rights({"dns:ci.example.org=shared"}, ci);
  EXPECT_TRUE(shared.shared_credentials);
  EXPECT_TRUE(shared.Covers(""));
  EXPECT_FALSE(shared.Covers("shop"));
  EXPECT_FALSE(shared.Covers("shared"));

  const ClientRights some = Rights({"dns:ci.example.org=shop,team-*-test"}, ci);
  EXPECT_TRUE(some.shared_credentials);
  EXPECT_TRUE(some.Covers(""));
  EXPECT_TRUE(some.Covers("shop"));
  EXPECT_TRUE(some.Covers("team-a-test"));
  for (const std::string other : {"shop2", "shops", "my-shop", "team-a", "kube-system", "SHOP",
                                  "team-/../kube-system-test", "team-a.b-test", "*"}) {
    EXPECT_FALSE(some.Covers(other)) << other;
  }

  const ClientRights all = Rights({"dns:ci.example.org=*"}, ci);
  EXPECT_TRUE(all.shared_credentials);
  EXPECT_TRUE(all.Covers("kube-system"));
}

TEST(ClientRules, OfOneClientAddUp) {
  const ClientRights rights =
      Rights({"dns:ci.example.org=none", "uri:spiffe://example.org/ci=shop", "dns:*.example.org=a",
              "dns:other.example.org=b"},
             {.dns = {"ci.example.org"}, .uris = {"spiffe://example.org/ci"}});
  EXPECT_TRUE(rights.shared_credentials);
  EXPECT_TRUE(rights.Covers("shop"));
  EXPECT_TRUE(rights.Covers("a"));
  EXPECT_FALSE(rights.Covers("b"));
}

TEST(ClientRules, AnyOfAClientsNamesWillDo) {
  EXPECT_TRUE(IsListed("dns:b.example.org=none", {.dns = {"a.example.org", "b.example.org"}}));
}

TEST(ClientRules, AUriMayHoldAnEqualsSign) {
  EXPECT_TRUE(IsListed("uri:https://ci.example.org/?team=a=none",
                       {.uris = {"https://ci.example.org/?team=a"}}));
}

TEST(ClientRules, ThatCannotBeReadAreRefusedWithTheReason) {
  const struct {
    std::string rule;
    std::string_view why;
  } kCases[] = {
      {"", "on whose behalf"},
      {"dns:ci.example.org", "on whose behalf"},
      {"ci.example.org=*", "neither \"dns:\" nor \"uri:\""},
      {"cn:ci=*", "neither \"dns:\" nor \"uri:\""},
      {"dns:=*", "no DNS name"},
      {"dns:ci_1=*", "no DNS name"},
      {"dns:ci..org=*", "no DNS name"},
      {"dns:spiffe://a=*", "no DNS name"},
      {"uri:=*", "no URI"},
      {"uri:example.org/ci=*", "no URI"},
      {"uri:spiffe://a b=*", "no URI has"},
      {"dns:ci.example.org=", "\"\" is no namespace's name"},
      {"dns:ci.example.org=shop,", "\"\" is no namespace's name"},
      {"dns:ci.example.org=Shop", "\"Shop\" is no namespace's name"},
      {"dns:ci.example.org=shop, staging", "\" staging\" is no namespace's name"},
      {"dns:ci.example.org=*,a/b", "\"a/b\" is no namespace's name"},
  };
  for (const auto& [rule, why] : kCases) {
    EXPECT_THAT(
        ClientRules::Parse({"dns:good=*", rule}),
        StatusIs(absl::StatusCode::kInvalidArgument,
                 AllOf(HasSubstr("--allowed-client " + rule), HasSubstr(std::string(why)))));
  }
}

TEST(ClientRules, WarnAboutNamesOfAFormThatMayAskForEverybody) {
  const auto rules = ClientRules::Parse(
      {"dns:countersign-shim.*.svc=*", "dns:countersign-shim.image-policy-system.svc=*",
       "uri:spiffe://example.org/ns/*/ci=*", "dns:ci.*.svc=shop", "dns:*.example.org=none"});
  ASSERT_TRUE(rules.ok()) << rules.status();
  EXPECT_THAT(rules->Warnings(),
              testing::ElementsAre(testing::HasSubstr("dns:countersign-shim.*.svc=*"),
                                   testing::HasSubstr("uri:spiffe://example.org/ns/*/ci=*")));
  EXPECT_THAT(ClientRules().Warnings(), testing::IsEmpty());
}

}  // namespace
}  // namespace countersign::verifier
