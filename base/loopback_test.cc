#include "base/loopback.h"

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(IsLoopback, KnowsAddressesThatStayOnThisMachine) {
  for (const char* address :
       {"127.0.0.1:8090", "127.8.9.1:0", "localhost:8090", "[::1]:8090", "unix:/run/x.sock",
        "dns:///localhost:1", "ipv4:127.0.0.1:1", "ipv6:[::1]:1", "ipv4:127.0.0.1:1,127.0.0.1:2"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
  }
}

TEST(IsLoopback, TakesNothingElseForThisMachine) {
  for (const char* address :
       {"0.0.0.0:8090", "[::]:8090", "10.0.0.1:8090", "localhost.example.org:8090", ":8090", "",
        "128.0.0.1:8090", "127.0.0.1.example.org:1", "[::2]:8090", "example.org:8090",
        "dns:///example.org:1", "ipv4:127.0.0.1:1,10.0.0.1:1", "dns://127.0.0.1/example.org:1"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

}  // namespace
}  // namespace countersign::base
