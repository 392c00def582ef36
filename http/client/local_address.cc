#include "http/client/local_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace countersign::http {
namespace {

bool IsLocalIpv4(const uint8_t* bytes) {
  return bytes[0] == 127 || bytes[0] == 0 || (bytes[0] == 169 && bytes[1] == 254);
}

// The ways in which an IPv6 address holds an IPv4 one in its last four bytes: RFC 4291, section
// 2.5.5, and RFC 6052, section 2.1.
bool HoldsIpv4(const uint8_t* bytes) {
  static constexpr uint8_t kTranslated[12] = {0x00, 0x64, 0xff, 0x9b};
  static constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  static constexpr uint8_t kCompatible[12] = {};
  return std::memcmp(bytes, kMapped, 12) == 0 || std::memcmp(bytes, kTranslated, 12) == 0 ||
         std::memcmp(bytes, kCompatible, 12) == 0;
}

bool IsLocalIpv6(const uint8_t* bytes) {
  const bool starts_with_zeros = std::all_of(bytes, bytes + 15, [](uint8_t b) { return b == 0; });
  if (starts_with_zeros && bytes[15] <= 1) return true;
  if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) return true;
  return HoldsIpv4(bytes) && IsLocalIpv4(bytes + 12);
}

}  // namespace

bool IsLocalAddress(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in ipv4;
    std::memcpy(&ipv4, &address, sizeof(ipv4));
    return IsLocalIpv4(reinterpret_cast<const uint8_t*>(&ipv4.sin_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 ipv6;
    std::memcpy(&ipv6, &address, sizeof(ipv6));
    return IsLocalIpv6(ipv6.sin6_addr.s6_addr);
  }
  return true;
}

bool IsLocalHost(std::string_view host) {
  if (absl::StartsWith(host, "[")) host = absl::StripSuffix(host.substr(1), "]");
  const std::string name(absl::StripSuffix(host, "."));
  in_addr ipv4;
  if (inet_pton(AF_INET, name.c_str(), &ipv4) == 1) {
    return IsLocalIpv4(reinterpret_cast<const uint8_t*>(&ipv4));
  }
  in6_addr ipv6;
  if (inet_pton(AF_INET6, name.substr(0, name.find('%')).c_str(), &ipv6) == 1) {
    return IsLocalIpv6(ipv6.s6_addr);
  }
  return absl::EqualsIgnoreCase(name, "localhost") || absl::EndsWithIgnoreCase(name, ".localhost");
}

}  // namespace countersign::http
