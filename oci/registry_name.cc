#include "oci/registry_name.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "oci/host_and_port.h"

namespace countersign::oci {
namespace {

constexpr size_t kMaxBytes = 253;  // RFC 1035 section 2.3.4, without the dot of the root

bool IsHostLabel(std::string_view label) {
  if (label.empty() || label.front() == '-' || label.back() == '-') return false;
  for (const char c : label) {
    if (!absl::ascii_isalnum(c) && c != '-') return false;
  }
  return true;
}

bool IsHostName(std::string_view host) {
  for (const std::string_view label : absl::StrSplit(host, '.')) {
    if (!IsHostLabel(label)) return false;
  }
  return true;
}

// Whether resolvers take the host for a number, however it is written: "127.1", "0x7f.1" and
// "2130706433" are addresses to inet_aton(3) and to those who follow it (WHATWG URL, "ends in a
// number checker").
bool EndsInANumber(std::string_view host) {
  std::string_view last = host.substr(host.rfind('.') + 1);
  if (absl::StartsWithIgnoreCase(last, "0x")) {
    last.remove_prefix(2);
    return std::all_of(last.begin(), last.end(), absl::ascii_isxdigit);
  }
  return std::all_of(last.begin(), last.end(), absl::ascii_isdigit);
}

bool IsIpv4(std::string_view host) {
  in_addr ignored;
  return inet_pton(AF_INET, std::string(host).c_str(), &ignored) == 1;
}

// The one form of an address in brackets (RFC 5952); nullopt if it is none, or one of IPv4 in
// disguise, which has a form of its own.
std::optional<std::string> CanonicalIpv6(std::string_view host) {
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return std::nullopt;
  const std::string_view digits = host.substr(1, host.size() - 2);
  // The grammar leaves out zones and the forms with a dotted IPv4 address in them.
  for (const char c : digits) {
    if (!absl::ascii_isxdigit(c) && c != ':') return std::nullopt;
  }
  in6_addr address;
  char text[INET6_ADDRSTRLEN];
  if (inet_pton(AF_INET6, std::string(digits).c_str(), &address) != 1 ||
      inet_ntop(AF_INET6, &address, text, sizeof(text)) == nullptr ||
      absl::StrContains(text, '.')) {
    return std::nullopt;
  }
  return absl::StrCat("[", text, "]");
}

absl::Status BadHost(std::string_view registry, std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("its registry ", base::Quoted(registry), " ", why));
}

// The host in its one form.
absl::StatusOr<std::string> ReadHost(std::string_view registry, std::string_view host) {
  if (std::optional<std::string> ipv6 = CanonicalIpv6(host)) return *std::move(ipv6);
  if (!IsHostName(host)) return BadHost(registry, "is neither a host name nor an IP address");
  if (EndsInANumber(host) && !IsIpv4(host)) {
    return BadHost(registry,
                   "is a number that some clients take for an address: write an IPv4 address as "
                   "four decimal numbers");
  }
  return absl::AsciiStrToLower(host);
}

bool IsPort(std::string_view port) {
  int number = 0;
  if (port.empty() || port.size() > 5 || port.front() == '0') return false;
  for (const char c : port) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return absl::SimpleAtoi(port, &number) && number <= 65535;
}

absl::Status CheckPort(std::string_view registry, std::string_view port) {
  if (IsPort(port)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("its registry ", base::Quoted(registry),
                                                 " has a port that is no number from 1 to 65535"));
}

}  // namespace

bool IsDockerHub(std::string_view host) {
  host = WithoutHttpsPort(host);
  for (const std::string_view name : kDockerHubNames) {
    if (host == name) return true;
  }
  return false;
}

absl::StatusOr<std::string> ParseRegistryName(std::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError("its registry is empty");
  if (text.size() > kMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("its registry's name is longer than ", kMaxBytes, " bytes"));
  }
  // The colons of an IPv6 address are within brackets.
  const size_t colon = text.find(':', text.front() == '[' ? text.find(']') : 0);
  const std::string_view port = colon == std::string_view::npos ? "" : text.substr(colon);
  if (!port.empty()) CS_RETURN_IF_ERROR(CheckPort(text, port.substr(1)));
  CS_ASSIGN_OR_RETURN(const std::string host,
                      ReadHost(text, text.substr(0, text.size() - port.size())));
  if (port.empty() && IsDockerHub(host)) return std::string(kDockerHub);
  return absl::StrCat(host, port);
}

}  // namespace countersign::oci
