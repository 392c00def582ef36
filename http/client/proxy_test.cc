#include "http/client/proxy.h"

#include <string>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/url.h"

namespace countersign::http {
namespace {

using base::StatusIs;
using testing::HasSubstr;
using testing::Not;

const Proxy* Find(const Proxies& proxies, const char* url) {
  return proxies.Find(*Url::Parse(url));
}

TEST(Proxies, EachSchemeHasItsOwn) {
  const auto proxies =
      Proxies::Parse({.https_proxy = "http://a:3128", .http_proxy = "b", .no_proxy = "direct"});
  ASSERT_TRUE(proxies.ok()) << proxies.status();
  ASSERT_NE(Find(*proxies, "https://x/"), nullptr);
  EXPECT_EQ(Find(*proxies, "https://x/")->name, "a:3128");
  EXPECT_EQ(Find(*proxies, "http://x/")->name, "b:80");
  EXPECT_EQ(Find(*proxies, "https://direct/"), nullptr);
  EXPECT_EQ(Find(*proxies, "http://direct:5000/"), nullptr);
  EXPECT_EQ(Find(*proxies, "https://localhost:5000/"), nullptr);
  EXPECT_EQ(Find(Proxies(), "https://x/"), nullptr);
}

TEST(Proxies, AreWrittenWithOrWithoutSchemePortAndUser) {
  const struct {
    const char* text;
    const char* url;
    const char* name;
    bool speaks_tls;
  } kCases[] = {
      {"proxy.example", "http://proxy.example:80", "proxy.example:80", false},
      {"proxy.example:3128", "http://proxy.example:3128", "proxy.example:3128", false},
      {" HTTP://Proxy.example/ ", "http://proxy.example:80", "proxy.example:80", false},
      {"https://proxy.example", "https://proxy.example:443", "proxy.example:443", true},
      {"https://proxy.example:80", "https://proxy.example:80", "proxy.example:80", true},
      {"socks5://proxy.example", "socks5h://proxy.example:1080", "proxy.example:1080", false},
      {"http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128", "[2001:db8::1]:3128", false},
      {"http://[2001:db8::1]", "http://[2001:db8::1]:80", "[2001:db8::1]:80", false},
      {"http://user:p%40ss@proxy.example:1/", "http://user:p%40ss@proxy.example:1",
       "proxy.example:1", false},
      {"user:secret@proxy.example:1", "http://user:secret@proxy.example:1", "proxy.example:1",
       false},
  };
  for (const auto& test : kCases) {
    const auto proxies = Proxies::Parse({.https_proxy = test.text});
    ASSERT_TRUE(proxies.ok()) << test.text << proxies.status();
    const Proxy* const proxy = Find(*proxies, "https://x/");
    ASSERT_NE(proxy, nullptr);
    EXPECT_EQ(proxy->url, test.url);
    EXPECT_EQ(proxy->name, test.name);
    EXPECT_EQ(proxy->speaks_tls, test.speaks_tls) << test.text;
  }
}

TEST(Proxies, WhatIsNoProxyIsNamedByItsVariableAndNotQuoted) {
  for (const char* text : {"ftp://proxy.example", "http://", "http://user:secret@", "a b",
                           "http://proxy.example:0x50", "http://proxy.example:99999"}) {
    EXPECT_THAT(Proxies::Parse({.https_proxy = text}).status(),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         testing::AllOf(HasSubstr("HTTPS_PROXY is no URL of a proxy"),
                                        Not(HasSubstr("secret")))))
        << text;
  }
  EXPECT_THAT(Proxies::Parse({.http_proxy = "ftp://x"}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("HTTP_PROXY is no URL")));
}

TEST(ProxyFault, IsToldFromOthers) {
  const absl::Status fault = ProxyFault("proxy.example:3128", "refused the connection");
  EXPECT_THAT(fault, StatusIs(absl::StatusCode::kUnavailable,
                              "the proxy proxy.example:3128 refused the connection"));
  EXPECT_TRUE(IsProxyFault(fault));
  EXPECT_FALSE(IsProxyFault(absl::UnavailableError("the proxy")));
  EXPECT_FALSE(IsProxyFault(absl::OkStatus()));
}

}  // namespace
}  // namespace countersign::http
