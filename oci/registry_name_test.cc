#include "oci/registry_name.h"

#include <string>

#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::oci {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using ::testing::HasSubstr;

TEST(RegistryName, IsAHostAndPerhapsAPort) {
  for (const char* name :
       {"localhost", "localhost:5000", "registry.example.org", "registry.example.org:443",
        "10.0.0.1", "10.0.0.1:1", "a", "a-b.c--d.e:65535", "xn--bcher-kva.example", "[::1]",
        "[::1]:5000", "[2001:db8::1]", "[::]:1", "0.0.0.0", "1.example", "1a.2b", "0x7g",
        "127.0.0.1x"}) {
    EXPECT_THAT(ParseRegistryName(name), IsOkAndHolds(name));
  }
}

TEST(RegistryName, IsInLowerCase) {
  EXPECT_THAT(ParseRegistryName("Registry.EXAMPLE.org:443"),
              IsOkAndHolds("registry.example.org:443"));
}

TEST(RegistryName, HasOneSpellingOfAnAddress) {
  for (const char* spelling : {"[2001:DB8::1]:80", "[2001:db8:0::1]:80", "[2001:0db8::0001]:80",
                               "[2001:db8:0:0:0:0:0:1]:80", "[2001:db8:0:0::1]:80"}) {
    EXPECT_THAT(ParseRegistryName(spelling), IsOkAndHolds("[2001:db8::1]:80")) << spelling;
  }
  EXPECT_THAT(ParseRegistryName("[0:0:0:0:0:0:0:1]"), IsOkAndHolds("[::1]"));
}

TEST(RegistryName, IsNoNumberThatAResolverReads) {
  for (const char* text :
       {"127.1", "127.0.1", "2130706433", "2130706433:5000", "0x7f.1", "0X7F000001", "0x7f.0.0.0x1",
        "017700000001", "0177.0.0.1", "127.0.0.01", "127.000.0.1", "1.2.3", "1.2.3.4.5",
        "256.0.0.1", "registry.1", "registry.0x1", "0x", "a.0x"}) {
    EXPECT_THAT(ParseRegistryName(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is a number")))
        << text;
  }
}

TEST(RegistryName, IsNoIpv4AddressInIpv6) {
  for (const char* text : {"[::ffff:7f00:1]", "[::7f00:1]:5000", "[0:0:0:0:0:FFFF:a00:1]"}) {
    EXPECT_THAT(ParseRegistryName(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("nor an IP address")))
        << text;
  }
}

TEST(RegistryName, EndsAtNoZeroByte) {
  for (const std::string_view text :
       {std::string_view("[201:db8::\0#]:5000", 17), std::string_view("[::1\0]", 6),
        std::string_view("127.0.0.1\0", 10), std::string_view("a.example\0.b", 12),
        std::string_view("a:80\0", 5)}) {
    EXPECT_THAT(ParseRegistryName(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(RegistryName, OfDockerHubIsOne) {
  EXPECT_THAT(ParseRegistryName("docker.io"), IsOkAndHolds("index.docker.io"));
  EXPECT_THAT(ParseRegistryName("Docker.IO"), IsOkAndHolds("index.docker.io"));
  EXPECT_THAT(ParseRegistryName("index.docker.io"), IsOkAndHolds("index.docker.io"));
  EXPECT_THAT(ParseRegistryName("registry-1.docker.io"), IsOkAndHolds("index.docker.io"));
  EXPECT_THAT(ParseRegistryName("registry.hub.docker.com"), IsOkAndHolds("index.docker.io"));
  EXPECT_THAT(ParseRegistryName("docker.io:443"), IsOkAndHolds("docker.io:443"));
  EXPECT_THAT(ParseRegistryName("docker.io.example"), IsOkAndHolds("docker.io.example"));
  EXPECT_THAT(ParseRegistryName("registry.docker.io"), IsOkAndHolds("registry.docker.io"));
}

TEST(RegistryName, OfDockerHubIsKnownInEachSpelling) {
  for (const std::string_view name : kDockerHubNames) {
    EXPECT_TRUE(IsDockerHub(name)) << name;
    EXPECT_TRUE(IsDockerHub(std::string(name) + ":443")) << name;
    EXPECT_FALSE(IsDockerHub(std::string(name) + ":444")) << name;
    EXPECT_FALSE(IsDockerHub("x" + std::string(name))) << name;
  }
}

TEST(RegistryName, SaysWhatIsWrong) {
  const struct {
    std::string text;
    std::string why;
  } kCases[] = {
      {"", "its registry is empty"},
      {std::string(254, 'a'), "longer than 253 bytes"},
      {"example.org.", "neither a host name nor an IP address"},
      {".example.org", "neither a host name nor an IP address"},
      {"example..org", "neither a host name nor an IP address"},
      {"example.org-", "neither a host name nor an IP address"},
      {"-example.org", "neither a host name nor an IP address"},
      {"example.-org", "neither a host name nor an IP address"},
      {"my_registry:5000", "neither a host name nor an IP address"},
      {"user@example.org", "neither a host name nor an IP address"},
      {"exa mple.org", "neither a host name nor an IP address"},
      {"example.org\n", "neither a host name nor an IP address"},
      {"b\xc3\xbc"
       "cher.example",
       "neither a host name nor an IP address"},
      {"*.example.org", "neither a host name nor an IP address"},
      {"[::1", "neither a host name nor an IP address"},
      {"::1", "has a port that is no number"},
      {"[]", "neither a host name nor an IP address"},
      {"[::g]", "neither a host name nor an IP address"},
      {"[::ffff:10.0.0.1]", "neither a host name nor an IP address"},
      {"[fe80::1%25eth0]", "neither a host name nor an IP address"},
      {"[::1]x", "neither a host name nor an IP address"},
      {"[10.0.0.1]", "neither a host name nor an IP address"},
      {":5000", "neither a host name nor an IP address"},
      {"example.org:", "has a port that is no number"},
      {"example.org:0", "has a port that is no number"},
      {"example.org:65536", "has a port that is no number"},
      {"example.org:0443", "has a port that is no number"},
      {"example.org:-1", "has a port that is no number"},
      {"example.org:+1", "has a port that is no number"},
      {"example.org: 1", "has a port that is no number"},
      {"example.org:443:443", "has a port that is no number"},
      {"example.org:99999999999999999999", "has a port that is no number"},
      {"[::1]:x", "has a port that is no number"},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(ParseRegistryName(test.text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(test.why)))
        << test.text;
  }
}

}  // namespace
}  // namespace countersign::oci
