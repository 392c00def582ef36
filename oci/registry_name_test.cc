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
        "[::1]:5000", "[2001:db8::1]", "1.2.3"}) {
    EXPECT_THAT(ParseRegistryName(name), IsOkAndHolds(name));
  }
}

TEST(RegistryName, IsInLowerCase) {
  EXPECT_THAT(ParseRegistryName("Registry.EXAMPLE.org:443"),
              IsOkAndHolds("registry.example.org:443"));
  EXPECT_THAT(ParseRegistryName("[2001:DB8::1]"), IsOkAndHolds("[2001:db8::1]"));
}

TEST(RegistryName, OfDockerHubIsOne) {
  EXPECT_THAT(ParseRegistryName("docker.io"), IsOkAndHolds("index.docker.io"));
  EXPECT_THAT(ParseRegistryName("Docker.IO"), IsOkAndHolds("index.docker.io"));
  EXPECT_THAT(ParseRegistryName("index.docker.io"), IsOkAndHolds("index.docker.io"));
  EXPECT_THAT(ParseRegistryName("docker.io.example"), IsOkAndHolds("docker.io.example"));
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
