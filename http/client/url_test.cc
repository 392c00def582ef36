#include "http/client/url.h"

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::http {
namespace {

std::string Parsed(std::string_view text) {
  const absl::StatusOr<Url> url = Url::Parse(text);
  return url.ok() ? url->ToString() : std::string(url.status().message());
}

std::string Resolved(std::string_view base, std::string_view reference) {
  const absl::StatusOr<Url> url = Url::Parse(base)->Resolve(reference);
  return url.ok() ? url->ToString() : std::string(url.status().message());
}

TEST(Url, IsPrintedInOneForm) {
  EXPECT_EQ(Parsed("https://Registry.Example.org"), "https://registry.example.org/");
  EXPECT_EQ(Parsed("HTTPS://host:443/v2/?a=b&c"), "https://host/v2/?a=b&c");
  EXPECT_EQ(Parsed("http://host:80/"), "http://host/");
  EXPECT_EQ(Parsed("http://host:443/"), "http://host:443/");
  EXPECT_EQ(Parsed("https://[::1]:5000/x#fragment"), "https://[::1]:5000/x");
  EXPECT_EQ(Parsed("https://h%6fst/a%2Fb"), "https://host/a%2Fb");
  EXPECT_EQ(Parsed("https:///host"), "https://host/");
}

TEST(Url, KnowsItsParts) {
  const Url url = *Url::Parse("https://Host:5000/x");
  EXPECT_TRUE(url.IsHttps());
  EXPECT_EQ(url.host(), "host");
  EXPECT_EQ(url.port(), 5000);
  EXPECT_EQ(url.HostPort(), "host:5000");
  EXPECT_EQ(Url::Parse("http://host/")->port(), 80);
}

TEST(Url, RefusesWhatNoRegistryNeeds) {
  for (const char* text :
       {"", "/v2/", "host/v2", "ftp://host/", "file:///etc/passwd", "https://",
        "https://user@host/", "https://user:word@host/", "https://host:99999/", "https://host:x/",
        "https://ho st/", "https://host/\r\nx", "https://host/\xc3\xa9", "https://h%00st/",
        "https://h%20st/", "https://[::1/", "javascript:alert(1)"}) {
    EXPECT_EQ(Url::Parse(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(Url, NoEncodedDelimiterMakesItsWayIntoTheHost) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string escaped = absl::StrCat("%", absl::Hex(byte, absl::kZeroPad2));
    const absl::StatusOr<Url> url = Url::Parse(absl::StrCat("https://a", escaped, "b/"));
    if (!url.ok()) continue;
    EXPECT_EQ(Parsed(url->ToString()), url->ToString());
    EXPECT_EQ(url->host().find_first_of("/?#@:[]\\"), std::string::npos) << escaped;
  }
}

TEST(Url, AHostIsReadTheSameWhenItIsReadAgain) {
  const std::string_view base = "https://host:5000/v2/a?q";
  for (const char* reference :
       {"///Otp%%427", "//a%25b/", "//a%2542/", "//%5b::1%5d/", "//a%5c/", "//a~b/", "//a!b/",
        "//a(b/", "//a%3ab/", "//%2e%2e/", "//[::1%25eth0]/", "//127.1/", "//0x7f000001/"}) {
    const absl::StatusOr<Url> url = Url::Parse(base)->Resolve(reference);
    if (!url.ok()) continue;
    EXPECT_EQ(Parsed(url->ToString()), url->ToString()) << reference;
  }
  EXPECT_EQ(Resolved(base, "///Otp%%427"), "the URL's host is malformed");
  // A number that is only seen once it is decoded.
  EXPECT_EQ(Parsed("http://%327/"), "the URL's host is malformed");
  EXPECT_EQ(Parsed("http:/%327"), "the URL's host is malformed");
  EXPECT_EQ(Parsed("http://12%37.1/"), "the URL's host is malformed");
  EXPECT_EQ(Resolved(base, "//my_host.example/"), "https://my_host.example/");
  // A number is an address, whoever reads it.
  EXPECT_EQ(Resolved(base, "//127.1/"), "https://127.0.0.1/");
  EXPECT_EQ(Resolved(base, "//2130706433/"), "https://127.0.0.1/");
}

TEST(Url, ErrorsDoNotQuoteTheText) {
  EXPECT_THAT(Parsed("https://user:secret@host/"), testing::Not(testing::HasSubstr("secret")));
}

TEST(Url, ResolvesReferences) {
  const std::string_view base = "https://host:5000/v2/a/blobs/x?q=1";
  EXPECT_EQ(Resolved(base, "https://other/y"), "https://other/y");
  EXPECT_EQ(Resolved(base, "//other/y"), "https://other/y");
  EXPECT_EQ(Resolved(base, "/y?z=2"), "https://host:5000/y?z=2");
  EXPECT_EQ(Resolved(base, "y"), "https://host:5000/v2/a/blobs/y");
  EXPECT_EQ(Resolved(base, "../../y"), "https://host:5000/v2/y");
  EXPECT_EQ(Resolved(base, "?z=2"), "https://host:5000/v2/a/blobs/x?z=2");
  EXPECT_EQ(Resolved(base, "http://host:5000/y"), "http://host:5000/y");
  EXPECT_EQ(Resolved(base, "ftp://host/"), "the URL's scheme is not http or https");
  EXPECT_EQ(Resolved(base, ""), "the URL is empty");
}

TEST(Url, AHostIsNoLongerThanANameMayBe) {
  const std::string label(63, 'a');
  const std::string longest = absl::StrCat(label, ".", label, ".", label, ".", label.substr(2));
  ASSERT_EQ(longest.size(), 253u);
  EXPECT_TRUE(Url::Parse(absl::StrCat("https://", longest, "/")).ok());
  EXPECT_EQ(Url::Parse(absl::StrCat("https://a", longest, "/")).status().message(),
            "the URL's host is longer than 253 bytes");
}

TEST(Url, AnOriginIsSchemeHostAndPort) {
  const Url url = *Url::Parse("https://host/a");
  EXPECT_TRUE(url.IsSameOrigin(*Url::Parse("https://HOST:443/b")));
  EXPECT_FALSE(url.IsSameOrigin(*Url::Parse("http://host/a")));
  EXPECT_FALSE(url.IsSameOrigin(*Url::Parse("http://host:443/a")));
  EXPECT_FALSE(url.IsSameOrigin(*Url::Parse("https://host:444/a")));
  EXPECT_FALSE(url.IsSameOrigin(*Url::Parse("https://host.example/a")));
}

}  // namespace
}  // namespace countersign::http
