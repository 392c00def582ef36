#include "http/client/no_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace countersign::http {
namespace {

constexpr int kIpv4Prefix = 96;  // of an IPv4 address within IPv6

// Go's net.SplitHostPort: HOST:PORT, where the host has a colon only within brackets; nullopt for
// everything else.
std::optional<std::pair<std::string_view, std::string_view>> SplitHostPort(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (absl::StartsWith(host, "[")) {
    if (!absl::EndsWith(host, "]")) return std::nullopt;
    host = host.substr(1, host.size() - 2);
  } else if (absl::StrContains(host, ':')) {
    return std::nullopt;
  }
  if (absl::StrContains(host, '[') || absl::StrContains(host, ']') ||
      absl::StrContains(port, '[') || absl::StrContains(port, ']')) {
    return std::nullopt;
  }
  return std::pair(host, port);
}

bool IsInNetwork(const in6_addr& address, const in6_addr& network, int prefix_bits) {
  const int bytes = prefix_bits / 8;
  if (std::memcmp(&address, &network, static_cast<size_t>(bytes)) != 0) return false;
  const int bits = prefix_bits % 8;
  if (bits == 0) return true;
  const auto mask = static_cast<uint8_t>(0xff << (8 - bits));
  return (address.s6_addr[bytes] & mask) == (network.s6_addr[bytes] & mask);
}

bool IsIpv4(const in6_addr& address) { return IN6_IS_ADDR_V4MAPPED(&address); }

bool IsLoopback(const in6_addr& address) {
  return IN6_IS_ADDR_LOOPBACK(&address) || (IsIpv4(address) && address.s6_addr[12] == 127);
}

}  // namespace

std::optional<in6_addr> NoProxy::ParseAddress(std::string_view text) {
  const std::string copy(text);
  in6_addr address;
  if (inet_pton(AF_INET6, copy.c_str(), &address) == 1) return address;
  if (inet_pton(AF_INET6, absl::StrCat("::ffff:", copy).c_str(), &address) == 1 &&
      absl::StrContains(copy, '.') && !absl::StrContains(copy, ':')) {
    return address;
  }
  return std::nullopt;
}

std::optional<NoProxy::Network> NoProxy::ParseNetwork(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::optional<in6_addr> address = ParseAddress(text.substr(0, slash));
  const std::string_view bits = text.substr(slash + 1);
  int prefix = 0;
  const bool is_number = !bits.empty() && bits.size() <= 3 &&
                         std::all_of(bits.begin(), bits.end(), absl::ascii_isdigit) &&
                         absl::SimpleAtoi(bits, &prefix);
  if (!address.has_value() || !is_number) return std::nullopt;
  if (!absl::StrContains(text, ':')) prefix += kIpv4Prefix;
  if (prefix > 128) return std::nullopt;
  return Network{.address = *address, .prefix_bits = prefix, .port = ""};
}

NoProxy::NoProxy(std::string_view list) {
  for (const std::string_view entry : absl::StrSplit(list, ',')) {
    Add(absl::AsciiStrToLower(absl::StripAsciiWhitespace(entry)));
  }
}

void NoProxy::Add(std::string_view entry) {
  if (entry == "*") {
    all_ = true;
    return;
  }
  if (std::optional<Network> network = ParseNetwork(entry)) {
    networks_.push_back(*std::move(network));
    return;
  }
  std::string_view host = entry;
  std::string_view port;
  if (const auto parts = SplitHostPort(entry)) std::tie(host, port) = *parts;
  if (host.empty()) return;
  if (const std::optional<in6_addr> address = ParseAddress(host)) {
    networks_.push_back({.address = *address, .prefix_bits = 128, .port = std::string(port)});
    return;
  }
  if (absl::StartsWith(host, "*.")) host.remove_prefix(1);
  const bool matches_itself = host.front() != '.';
  domains_.push_back({.suffix = absl::StrCat(matches_itself ? "." : "", host),
                      .matches_itself = matches_itself,
                      .port = std::string(port)});
}

bool NoProxy::Contains(std::string_view host, int port) const {
  if (absl::StartsWith(host, "[")) host = absl::StripSuffix(host.substr(1), "]");
  const std::optional<in6_addr> address = ParseAddress(host);
  if (host == "localhost" || (address.has_value() && IsLoopback(*address)) || all_) return true;
  const std::string number = absl::StrCat(port);
  const auto fits = [&number](const std::string& wanted) {
    return wanted.empty() || wanted == number;
  };
  if (address.has_value()) {
    return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
      // "::/0" is every IPv6 address, and no IPv4 one.
      return IsIpv4(*address) == IsIpv4(network.address) && fits(network.port) &&
             IsInNetwork(*address, network.address, network.prefix_bits);
    });
  }
  return std::any_of(domains_.begin(), domains_.end(), [&](const Domain& domain) {
    const bool is_it = domain.matches_itself && host == std::string_view(domain.suffix).substr(1);
    return (is_it || absl::EndsWith(host, domain.suffix)) && fits(domain.port);
  });
}

}  // namespace countersign::http
