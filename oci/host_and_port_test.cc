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

}  // namespace
}  // namespace countersign::oci
