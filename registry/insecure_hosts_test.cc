#include "registry/insecure_hosts.h"

#include <string_view>

#include "gtest/gtest.h"
#include "http/client/url.h"

namespace countersign::registry {
namespace {

bool Contains(const InsecureHosts& hosts, std::string_view url) {
  return hosts.Contains(*http::Url::Parse(url));
}

TEST(InsecureHosts, NobodyIsUnlessNamed) {
  const InsecureHosts none({});
  EXPECT_FALSE(Contains(none, "http://127.0.0.1:5000/"));
  EXPECT_FALSE(Contains(none, "http://localhost/"));
}

TEST(InsecureHosts, ANameWithAPortMeansThatPort) {
  const InsecureHosts hosts({"Host.example:5000", "[::1]:5000"});
  EXPECT_TRUE(Contains(hosts, "http://host.example:5000/x"));
  EXPECT_TRUE(Contains(hosts, "https://HOST.example:5000/x"));
  EXPECT_TRUE(Contains(hosts, "http://[::1]:5000/"));
  EXPECT_FALSE(Contains(hosts, "https://host.example/"));
  EXPECT_FALSE(Contains(hosts, "https://host.example:5001/"));
  EXPECT_FALSE(Contains(hosts, "https://other.host.example:5000/"));
}

TEST(InsecureHosts, ANameWithoutAPortMeansTheSchemesOwn) {
  const InsecureHosts hosts({"host.example", "[::1]"});
  EXPECT_TRUE(Contains(hosts, "https://host.example/"));
  EXPECT_TRUE(Contains(hosts, "http://host.example/"));
  EXPECT_TRUE(Contains(hosts, "https://[::1]/"));
  EXPECT_FALSE(Contains(hosts, "https://host.example:5000/"));
}

}  // namespace
}  // namespace countersign::registry
