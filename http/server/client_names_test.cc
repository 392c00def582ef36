#include "http/server/client_names.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::http {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr auto kTaken = ClientPattern::CommonNames::kTaken;

bool Matches(std::string_view pattern, const ClientNames& names) {
  return ClientPattern::Parse(pattern, kTaken)->Matches(names);
}

TEST(ClientPattern, DnsNamesAreMatchedLabelByLabelWhateverTheirCase) {
  EXPECT_TRUE(Matches("dns:Shim.Example.org", {.dns = {"other", "SHIM.example.org"}}));
  EXPECT_TRUE(Matches("dns:*.example.org", {.dns = {"shim.example.org"}}));
  EXPECT_FALSE(Matches("dns:*.example.org", {.dns = {"a.shim.example.org", "example.org"}}));
  // A certificate's own wildcard is nobody's name.
  EXPECT_FALSE(Matches("dns:*.example.org", {.dns = {"*.example.org"}}));
  EXPECT_FALSE(Matches("dns:shim", {.uris = {"shim"}, .common_name = "shim"}));
}

TEST(ClientPattern, UrisAreMatchedSegmentBySegment) {
  EXPECT_TRUE(Matches("uri:spiffe://a/ns/*/sa/x", {.uris = {"spiffe://a/ns/b/sa/x"}}));
  EXPECT_FALSE(Matches("uri:spiffe://a/ns/*/sa/x", {.uris = {"spiffe://a/ns/b/c/sa/x"}}));
  EXPECT_FALSE(Matches("uri:spiffe://a/*/x", {.uris = {"spiffe://a//x", "spiffe://a/../x"}}));
  EXPECT_FALSE(Matches("uri:spiffe://a", {.uris = {"SPIFFE://a"}}));
}

TEST(ClientPattern, AStarInADnsNameIsWithinOneLabel) {
  const std::string_view pattern = "dns:countersign-shim.*.svc";
  EXPECT_TRUE(Matches(pattern, {.dns = {"countersign-shim.image-policy-system.svc"}}));
  EXPECT_TRUE(Matches(pattern, {.dns = {"Countersign-Shim.Image-Policy-System.SVC"}}));
  for (const std::string name : {"countersign-shim.svc", "countersign-shim..svc",
                                 "countersign-shim.a.b.svc", "countersign-shim.a.svc.cluster.local",
                                 "x.countersign-shim.a.svc", "countersign-shim.a.svcx",
                                 // Certificates' own wildcards, and what is no name of a host.
                                 "countersign-shim.*.svc", "*", "countersign-shim.a b.svc", ""}) {
    EXPECT_FALSE(Matches(pattern, {.dns = {name}})) << name;
  }
  EXPECT_FALSE(
      Matches(pattern, {.dns = {std::string("countersign-shim.a.svc\0.evil.example", 37)}}));
  EXPECT_TRUE(Matches("dns:ci-*.example.org", {.dns = {"ci-7.example.org"}}));
  EXPECT_FALSE(Matches("dns:ci-*.example.org", {.dns = {"ci.example.org"}}));
  EXPECT_FALSE(Matches("dns:*.org", {.dns = {"ci.example.org"}}));
}

TEST(ClientPattern, AStarInAUriIsWithinOneSegment) {
  const std::string_view pattern = "uri:spiffe://example.org/ns/ci/*";
  EXPECT_TRUE(Matches(pattern, {.uris = {"spiffe://example.org/ns/ci/builder"}}));
  for (const std::string uri :
       {"spiffe://example.org/ns/ci", "spiffe://example.org/ns/ci/",
        "spiffe://example.org/ns/ci/a/b", "spiffe://example.org/ns/ci/..",
        "spiffe://example.org/ns/ci/.", "spiffe://evil.example/ns/ci/a",
        "SPIFFE://example.org/ns/CI/a", "x/spiffe://example.org/ns/ci/a", "spiffe://example.org"}) {
    EXPECT_FALSE(Matches(pattern, {.uris = {uri}})) << uri;
  }
  EXPECT_FALSE(Matches(pattern, {.dns = {"spiffe://example.org/ns/ci/builder"}}));
  EXPECT_FALSE(Matches("uri:spiffe://*/ns", {.uris = {"spiffe:///ns"}}));
}

TEST(ClientPattern, IsDescribedAsItWasWritten) {
  const auto many = ClientPattern::Parse("dns:*.Example.org", kTaken);
  EXPECT_EQ(many->Describe(), "dns:*.example.org");
  EXPECT_TRUE(many->IsOfManyNames());
  const auto one = ClientPattern::Parse("uri:spiffe://a/B", kTaken);
  EXPECT_EQ(one->Describe(), "uri:spiffe://a/B");
  EXPECT_FALSE(one->IsOfManyNames());
  EXPECT_EQ(ClientPattern::Parse("cn:system:admin", kTaken)->Describe(), "cn:system:admin");
}

TEST(ClientPattern, ACommonNameIsMatchedExactlyAndOnlyWhereItIsTaken) {
  EXPECT_TRUE(Matches("cn:kube-apiserver", {.common_name = "kube-apiserver"}));
  EXPECT_FALSE(Matches("cn:kube-apiserver", {.common_name = "Kube-apiserver"}));
  EXPECT_FALSE(Matches("cn:kube-apiserver", {.dns = {"kube-apiserver"}}));
  EXPECT_THAT(
      ClientPattern::Parse("cn:x", ClientPattern::CommonNames::kRefused),
      StatusIs(absl::StatusCode::kInvalidArgument, "it begins with neither \"dns:\" nor \"uri:\""));
}

TEST(ClientPattern, WhatNamesNobodyIsRefused) {
  for (const std::string_view text :
       {"", "shim", "dns:", "dns:a..b", "dns:a b", "uri:", "uri:x", "uri:spiffe://a b",
        "cn:", "cn:a*", "ip:127.0.0.1", "DNS:a"}) {
    EXPECT_THAT(ClientPattern::Parse(text, kTaken), StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
  EXPECT_THAT(ClientPattern::Parse("cn:system:kube-apiserver", kTaken), IsOk());
}

TEST(ClientNames, AreDescribedPrintably) {
  EXPECT_EQ(ClientNames{}.Describe(), "none");
  EXPECT_EQ((ClientNames{.dns = {"a"}, .uris = {"spiffe://b"}, .common_name = "c"}).Describe(),
            "dns:a, uri:spiffe://b, cn:c");
  EXPECT_THAT((ClientNames{.common_name = "a\nb"}).Describe(), HasSubstr("cn:a\\x0ab"));
}

TEST(ClientNames, AreDescribedBrieflyHoweverManyACertificateHolds) {
  ClientNames names = {.common_name = "c"};
  for (int i = 0; i < 9; ++i) names.dns.push_back(absl::StrCat("name-", i));
  EXPECT_THAT(names.Describe(), EndsWith("dns:name-6, dns:name-7, and 2 more"));
  // As much as a handshake takes of a certificate (OpenSSL: 100 KiB).
  names.dns.assign(100, std::string(1000, '\xff'));
  names.uris.assign(1, std::string(100'000, 'u'));
  EXPECT_LT(names.Describe().size(), 4096u);
}

}  // namespace
}  // namespace countersign::http
