#include "policy/sigstore/go_url.h"

#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

std::string Parsed(std::string_view text) {
  const std::optional<GoUrl> url = ParseGoUrl(text);
  return url.has_value() ? url->scheme + "|" + url->host : "error";
}

TEST(GoUrl, HasASchemeAndAHost) {
  EXPECT_EQ(Parsed("https://fulcio.sigstore.dev"), "https|fulcio.sigstore.dev");
  EXPECT_EQ(Parsed("HTTPS://user:secret@host.example:8443/a?b=c#d"), "https|host.example:8443");
  EXPECT_EQ(Parsed("http://[::1]:80/"), "http|[::1]:80");
  EXPECT_EQ(Parsed("//myhost"), "|myhost");
  EXPECT_EQ(Parsed("host.example/path"), "|");
  EXPECT_EQ(Parsed("mailto:a@b"), "mailto|");
  EXPECT_EQ(Parsed("///a"), "|");
  EXPECT_EQ(Parsed(""), "|");
}

TEST(GoUrl, IsNoneWithWhatGoRefuses) {
  for (std::string_view bad : {"http://a b/", "http://host:port/", "://x", "1a:b", "ho_st:80/x",
                               "http://[::1", "http://a\n", "http://a/%zz", "http://a/#%2",
                               "http://a%2fb/", "http://u^@a/", "http://\x7f/"}) {
    EXPECT_EQ(Parsed(bad), "error") << bad;
  }
}

TEST(GoRequestUri, IsAnAbsoluteUrlOrPath) {
  for (std::string_view good : {"https://slsa.dev/provenance/v1", "/path", "*", "custom:type",
                                "cosign.sigstore.dev:443/x"}) {
    EXPECT_TRUE(IsGoRequestUri(good)) << good;
  }
  for (std::string_view bad :
       {"", "vuln", "cosign.sigstore.dev/attestation/vuln/v1", "http://a b", "1:x"}) {
    EXPECT_FALSE(IsGoRequestUri(bad)) << bad;
  }
}

}  // namespace
}  // namespace countersign::policy
