#include "http/client/local_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "gtest/gtest.h"

namespace countersign::http {
namespace {

bool IsLocalSocketAddress(const std::string& text) {
  sockaddr_in6 ipv6 = {};
  ipv6.sin6_family = AF_INET6;
  if (inet_pton(AF_INET6, text.c_str(), &ipv6.sin6_addr) == 1) {
    return IsLocalAddress(reinterpret_cast<const sockaddr&>(ipv6));
  }
  sockaddr_in ipv4 = {};
  ipv4.sin_family = AF_INET;
  EXPECT_EQ(inet_pton(AF_INET, text.c_str(), &ipv4.sin_addr), 1) << text;
  return IsLocalAddress(reinterpret_cast<const sockaddr&>(ipv4));
}

TEST(LocalAddress, IsOfThisMachineOrItsLink) {
  for (const char* address :
       {"127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "169.254.169.254", "::1",
        "::", "fe80::1", "febf::1", "::ffff:127.0.0.1", "::ffff:169.254.0.1", "::127.0.0.1",
        "64:ff9b::7f00:1"}) {
    EXPECT_TRUE(IsLocalSocketAddress(address)) << address;
    EXPECT_TRUE(IsLocalHost(address)) << address;
  }
}

TEST(LocalAddress, IsNoneOfTheRestOfTheWorld) {
  for (const char* address : {"10.0.0.1", "192.168.1.1", "126.0.0.1", "128.0.0.1", "169.253.1.1",
                              "203.0.113.1", "2001:db8::1", "fd00::1", "fec0::1", "::ffff:10.0.0.1",
                              "64:ff9b::a00:1", "64:ff9c::7f00:1"}) {
    EXPECT_FALSE(IsLocalSocketAddress(address)) << address;
    EXPECT_FALSE(IsLocalHost(address)) << address;
  }
}

TEST(LocalAddress, AnotherFamilyIsLocal) {
  sockaddr_storage storage = {};
  storage.ss_family = AF_UNIX;
  EXPECT_TRUE(IsLocalAddress(reinterpret_cast<const sockaddr&>(storage)));
}

TEST(LocalAddress, MayBeWrittenInBracketsOrAsAName) {
  for (const char* host : {"[::1]", "[fe80::1%25eth0]", "localhost", "LOCALHOST.", "a.localhost"}) {
    EXPECT_TRUE(IsLocalHost(host)) << host;
  }
  for (const char* host : {"[2001:db8::1]", "example.org", "localhost.example.org", "xlocalhost",
                           "", "[", "127.0.0.1.example.org"}) {
    EXPECT_FALSE(IsLocalHost(host)) << host;
  }
}

}  // namespace
}  // namespace countersign::http
