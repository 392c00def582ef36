#include "policy/sigstore/go_url.h"

#include <algorithm>
#include <cstddef>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"

namespace countersign::policy {
namespace {

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// Whether every '%' begins two hexadecimal digits.
bool IsPercentEncoded(std::string_view text) {
  for (size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    if (text.size() - at < 3) return false;
    if (!absl::ascii_isxdigit(text[at + 1]) || !absl::ascii_isxdigit(text[at + 2])) return false;
  }
  return true;
}

// In a host only octets beyond ASCII may be encoded, and '%' itself, before the zone of an IPv6 address.
bool IsHost(std::string_view host) {
  constexpr std::string_view kMarks = "-_.~!$&'()*+,;=:[]<>\"%";
  if (!IsPercentEncoded(host)) return false;
  for (size_t at = host.find('%'); at != std::string_view::npos; at = host.find('%', at + 1)) {
    if (host[at + 1] < '8' && host.substr(at, 3) != "%25") return false;
  }
  return absl::c_all_of(host, [&](char c) {
    return !IsAscii(c) || absl::ascii_isalnum(c) || kMarks.find(c) != std::string_view::npos;
  });
}

// ":" and digits, or nothing at all.
bool IsPort(std::string_view port) {
  if (port.empty()) return true;
  return port.front() == ':' && absl::c_all_of(port.substr(1), absl::ascii_isdigit);
}

bool IsUser(std::string_view user) {
  constexpr std::string_view kMarks = "-._:~!$&'()*+,;=%@";
  return IsPercentEncoded(user) && absl::c_all_of(user, [&](char c) {
           return absl::ascii_isalnum(c) || kMarks.find(c) != std::string_view::npos;
         });
}

// What is between "//" and the next slash: a user, and a host with a port.
std::optional<std::string> HostOf(std::string_view authority) {
  const size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    if (!IsUser(authority.substr(0, at))) return std::nullopt;
    authority.remove_prefix(at + 1);
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const size_t end = authority.rfind(']');
    if (end == std::string_view::npos) return std::nullopt;
    port = authority.substr(end + 1);
  } else if (const size_t colon = authority.rfind(':'); colon != std::string_view::npos) {
    port = authority.substr(colon);
  }
  if (!IsPort(port) || !IsHost(authority)) return std::nullopt;
  return std::string(authority);
}

// The scheme at the front, which is taken off together with its colon: "" if there is none, nullopt if
// there is a colon that ends nothing.
std::optional<std::string> TakeScheme(std::string_view& rest) {
  for (size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (absl::ascii_isalpha(c)) continue;
    if (c == ':') {
      if (i == 0) return std::nullopt;
      const std::string scheme = absl::AsciiStrToLower(std::string(rest.substr(0, i)));
      rest.remove_prefix(i + 1);
      return scheme;
    }
    const bool goes_on = absl::ascii_isdigit(c) || c == '+' || c == '-' || c == '.';
    if (!goes_on || i == 0) break;
  }
  return "";
}

std::optional<GoUrl> Parse(std::string_view rest, bool of_request) {
  if (absl::c_any_of(rest, IsControl)) return std::nullopt;
  if (rest.empty() && of_request) return std::nullopt;
  if (rest == "*") return GoUrl();
  GoUrl url;
  const std::optional<std::string> scheme = TakeScheme(rest);
  if (!scheme.has_value()) return std::nullopt;
  url.scheme = *scheme;
  rest = rest.substr(0, rest.find('?'));
  if (!rest.starts_with('/')) {
    if (!url.scheme.empty()) return url;
    if (of_request || rest.substr(0, rest.find('/')).find(':') != std::string_view::npos) {
      return std::nullopt;
    }
  }
  const bool may_have_host = !url.scheme.empty() || (!of_request && !rest.starts_with("///"));
  if (may_have_host && rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::optional<std::string> host = HostOf(rest.substr(0, rest.find('/')));
    if (!host.has_value()) return std::nullopt;
    url.host = *host;
    rest.remove_prefix(std::min(rest.find('/'), rest.size()));
  }
  if (!IsPercentEncoded(rest)) return std::nullopt;
  return url;
}

}  // namespace

std::optional<GoUrl> ParseGoUrl(std::string_view text) {
  const size_t hash = text.find('#');
  if (hash != std::string_view::npos && !IsPercentEncoded(text.substr(hash))) return std::nullopt;
  // Control characters are looked for before the fragment is taken off.
  if (absl::c_any_of(text, IsControl)) return std::nullopt;
  return Parse(text.substr(0, hash), false);
}

bool IsGoRequestUri(std::string_view text) { return Parse(text, true).has_value(); }

}  // namespace countersign::policy
