#include "oci/host_and_port.h"

#include "gtest/gtest.h"

namespace countersign::oci {
namespace {

TEST(HostAndPort, AreApartAtTheLastColonThatIsNotOfAnAddress) {
  const struct {
    std::string_view text;
    std::string_view host;
    std::optional<std::string_view> port;
  } kCases[] = {
      {"registry.example", "registry.example", std::nullopt},
      {"registry.example:5000", "registry.example", "5000"},
      {"*.example:*", "*.example", "*"},
      {"[2001:db8::1]", "[2001:db8::1]", std::nullopt},
      {"[2001:db8::1]:443", "[2001:db8::1]", "443"},
      {"2001:db8::1", "2001:db8:", "1"},
      {"host:", "host", ""},
      {":1", "", "1"},
      {"", "", std::nullopt},
  };
  for (const auto& test : kCases) {
    const HostAndPort parts = SplitHostAndPort(test.text);
    EXPECT_EQ(parts.host, test.host) << test.text;
    EXPECT_EQ(parts.port, test.port) << test.text;
  }
}

TEST(HostAndPort, OnlyThePortOfHttpsIsLeftOutAndOnce) {
  EXPECT_EQ(WithoutHttpsPort("registry.example:443"), "registry.example");
  EXPECT_EQ(WithoutHttpsPort("[2001:db8::1]:443"), "[2001:db8::1]");
  EXPECT_EQ(WithoutHttpsPort("host:443:443"), "host:443");
  for (const std::string_view other : {"registry.example", "registry.example:4430", "host:0443"}) {
    EXPECT_EQ(WithoutHttpsPort(other), other);
  }
}

}  // namespace
}  // namespace countersign::oci
