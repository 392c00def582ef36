#include "verifier/credentials/credential_provider_pattern.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/glob.h"
#include "base/printable.h"
#include "oci/host_and_port.h"
#include "oci/registry_name.h"

namespace countersign::verifier {
namespace {

constexpr size_t kMaxPatternBytes = 4096;

using oci::HostAndPort;

// Without the brackets of an IPv6 address.
HostAndPort Split(std::string_view authority) {
  HostAndPort parts = oci::SplitHostAndPort(authority);
  if (parts.host.size() >= 2 && parts.host.front() == '[' && parts.host.back() == ']') {
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  }
  return parts;
}

absl::Status Refuse(std::string_view text, std::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(base::Quoted(text), " ", why));
}

absl::Status CheckForm(std::string_view text, std::string_view authority, std::string_view path) {
  const HostAndPort parts = Split(authority);
  const bool is_address = absl::StartsWith(authority, "[");
  const auto is_of_host = [is_address](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_' ||
           c == '*' || (is_address && c == ':');
  };
  if (parts.host.empty()) return Refuse(text, "names no host");
  if (!std::all_of(parts.host.begin(), parts.host.end(), is_of_host)) {
    return Refuse(text,
                  "is no HOST[:PORT][/PATH] with letters, digits, '-', '.', '_' and, as a "
                  "wildcard, '*' in the host");
  }
  const auto is_digit = [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); };
  if (parts.port.has_value() &&
      (parts.port->empty() || !std::all_of(parts.port->begin(), parts.port->end(), is_digit))) {
    return Refuse(text, "has a port that is no number");
  }
  if (absl::StrContains(path, '*')) {
    return Refuse(text, "has a wildcard in its path; only the host can have some");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CredentialProviderPattern> CredentialProviderPattern::Parse(std::string_view text) {
  if (text.size() > kMaxPatternBytes) return Refuse(text, "is too long");
  const size_t slash = std::min(text.find('/'), text.size());
  const std::string_view authority = text.substr(0, slash);
  const std::string_view path = absl::StripPrefix(text.substr(slash), "/");
  if (absl::Status form = CheckForm(text, authority, path); !form.ok()) return form;
  const HostAndPort parts = Split(authority);
  CredentialProviderPattern pattern;
  pattern.host_parts_ = absl::StrSplit(absl::AsciiStrToLower(parts.host), '.');
  pattern.port_ = std::string(parts.port.value_or(""));
  pattern.path_ = std::string(path);
  return pattern;
}

absl::StatusOr<CredentialProviderPattern> CredentialProviderPattern::ParseKey(
    std::string_view text) {
  text = absl::StripPrefix(absl::StripPrefix(text, "https://"), "http://");
  const size_t slash = std::min(text.find('/'), text.size());
  std::string_view path = text.substr(slash);
  if (path == "/v1" || path == "/v2") path = "";
  if (absl::StartsWith(path, "/v1/") || absl::StartsWith(path, "/v2/")) path.remove_prefix(3);
  return Parse(absl::StrCat(text.substr(0, slash), path));
}

size_t CredentialProviderPattern::bytes() const {
  size_t bytes = port_.size() + path_.size();
  for (const std::string& part : host_parts_) bytes += sizeof(part) + part.size();
  return bytes;
}

bool CredentialProviderPattern::Matches(const oci::Repository& repository) const {
  if (!absl::StartsWith(repository.path, path_)) return false;
  if (repository.registry != oci::kDockerHub) return MatchesHost(repository.registry);
  return std::any_of(std::begin(oci::kDockerHubNames), std::end(oci::kDockerHubNames),
                     [this](std::string_view name) { return MatchesHost(name); });
}

bool CredentialProviderPattern::MatchesHost(std::string_view host) const {
  const HostAndPort parts = Split(host);
  if (parts.port.value_or("") != port_) return false;
  const std::vector<std::string_view> host_parts = absl::StrSplit(parts.host, '.');
  return std::equal(host_parts_.begin(), host_parts_.end(), host_parts.begin(), host_parts.end(),
                    base::GlobMatches);
}

}  // namespace countersign::verifier
