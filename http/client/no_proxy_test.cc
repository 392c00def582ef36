#include "http/client/no_proxy.h"

#include <string>

#include "gtest/gtest.h"

namespace countersign::http {
namespace {

// The expectations are what Go 1.24's http.ProxyFromEnvironment does.
struct Case {
  const char* list;
  const char* host;
  int port;
  bool contains;
};

void Check(std::initializer_list<Case> cases) {
  for (const Case& test : cases) {
    EXPECT_EQ(NoProxy(test.list).Contains(test.host, test.port), test.contains)
        << test.list << " " << test.host << " " << test.port;
  }
}

TEST(NoProxy, ADomainIsItselfAndWhatIsBelowIt) {
  Check({{"example.org", "example.org", 443, true},
         {"example.org", "a.b.example.org", 443, true},
         {"example.org", "badexample.org", 443, false},
         {"example.org", "example.org.evil.example", 443, false},
         {"Example.ORG", "example.org", 443, true},
         {".example.org", "a.example.org", 443, true},
         {".example.org", "example.org", 443, false},
         {"*.example.org", "a.b.example.org", 443, true},
         {"*.example.org", "example.org", 443, false},
         {"a*.example.org", "ab.example.org", 443, false},
         {"", "example.org", 443, false}});
}

TEST(NoProxy, AListIsSeparatedByCommas) {
  Check({{" a.example , b.example", "b.example", 443, true},
         {",,a.example,", "a.example", 443, true},
         {"a.example b.example", "b.example", 443, false},
         {"a.example,*", "anything.example", 443, true},
         {"a.example,*", "[2001:db8::1]", 443, true}});
}

TEST(NoProxy, APortIsOfItsHostAlone) {
  Check({{"example.org:5000", "example.org", 5000, true},
         {"example.org:5000", "a.example.org", 5000, true},
         {"example.org:5000", "example.org", 443, false},
         {"*.example.org:5000", "a.example.org", 5000, true},
         {"example.org:", "example.org", 443, true},
         {"192.0.2.1:5000", "192.0.2.1", 5000, true},
         {"192.0.2.1:5000", "192.0.2.1", 443, false},
         {"[2001:db8::1]:5000", "[2001:db8::1]", 5000, true},
         {"[2001:db8::1]:5000", "[2001:db8::1]", 443, false},
         {":443", "example.org", 443, false}});
}

TEST(NoProxy, AddressesAndNetworksAreComparedAsNumbers) {
  Check({{"192.0.2.1", "192.0.2.1", 443, true},
         {"192.0.2.1", "192.0.2.10", 443, false},
         {"2001:db8:0::1", "[2001:db8::1]", 443, true},
         {"::ffff:192.0.2.1", "192.0.2.1", 443, true},
         {"10.0.0.0/8", "10.255.0.1", 443, true},
         {"10.1.2.3/8", "10.255.0.1", 443, true},
         {"10.0.0.0/8", "11.0.0.1", 443, false},
         {"192.0.2.128/25", "192.0.2.127", 443, false},
         {"192.0.2.128/25", "192.0.2.128", 443, true},
         {"0.0.0.0/0", "203.0.113.1", 443, true},
         {"0.0.0.0/0", "[2001:db8::1]", 443, false},
         {"::/0", "203.0.113.1", 443, false},
         {"fd00::/8", "[fd12:3456::1]", 5000, true},
         {"fd00::/8", "[fe00::1]", 5000, false},
         {"10.0.0.0/33", "10.0.0.1", 443, false},
         {"10.0.0.0/", "10.0.0.1", 443, false},
         {"10.0.0.0/+8", "10.0.0.1", 443, false},
         // A name is not resolved, and a part of an address is no domain.
         {"10.0.0.0/8", "ten.example", 443, false},
         {"0.2.1", "192.0.2.1", 443, false},
         // Brackets without a port are no address to Go.
         {"[2001:db8::1]", "[2001:db8::1]", 443, false}});
}

TEST(NoProxy, LoopbackIsAlwaysDirect) {
  Check({{"", "localhost", 5000, true},
         {"", "127.0.0.1", 5000, true},
         {"", "127.1.2.3", 5000, true},
         {"", "[::1]", 5000, true},
         {"[::1]", "[::1]", 5000, true},
         {"", "a.localhost", 5000, false},
         {"", "[::2]", 5000, false}});
}

}  // namespace
}  // namespace countersign::http
