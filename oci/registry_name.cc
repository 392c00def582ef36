#include "oci/registry_name.h"

#include <arpa/inet.h>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/printable.h"
#include "base/status_macros.h"

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

bool IsBracketedIpv6(std::string_view host) {
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return false;
  const std::string address(host.substr(1, host.size() - 2));
  // The grammar leaves out the forms with a dotted IPv4 address in them.
  if (address.find('.') != std::string::npos) return false;
  in6_addr ignored;
  return inet_pton(AF_INET6, address.c_str(), &ignored) == 1;
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

absl::StatusOr<std::string> ParseRegistryName(std::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError("its registry is empty");
  if (text.size() > kMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("its registry's name is longer than ", kMaxBytes, " bytes"));
  }
  // The colons of an IPv6 address are within brackets.
  std::string_view host = text;
  const size_t colon = text.find(':', text.front() == '[' ? text.find(']') : 0);
  if (colon != std::string_view::npos) {
    host = text.substr(0, colon);
    CS_RETURN_IF_ERROR(CheckPort(text, text.substr(colon + 1)));
  }
  if (!IsHostName(host) && !IsBracketedIpv6(host)) {
    return absl::InvalidArgumentError(absl::StrCat("its registry ", base::Quoted(text),
                                                   " is neither a host name nor an IP address"));
  }
  std::string name = absl::AsciiStrToLower(text);
  if (name == "docker.io") return std::string(kDockerHub);
  return name;
}

}  // namespace countersign::oci
