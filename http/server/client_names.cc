#include "http/server/client_names.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/dns_name.h"
#include "base/glob.h"
#include "base/printable.h"
#include "base/status_macros.h"

namespace countersign::http {
namespace {

absl::Status Refuse(std::string_view why) { return absl::InvalidArgumentError(why); }

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

// Whether each part of `name` is matched by the same part of `pattern`.
bool MatchesByParts(std::string_view pattern, std::string_view name, char separator) {
  const std::vector<std::string> globs = absl::StrSplit(View(pattern), separator);
  const std::vector<std::string> parts = absl::StrSplit(View(name), separator);
  return std::equal(globs.begin(), globs.end(), parts.begin(), parts.end(),
                    [](const std::string& glob, const std::string& part) {
                      const bool is_ordinary = !part.empty() && part != "." && part != "..";
                      return glob == part || (is_ordinary && base::GlobMatches(glob, part));
                    });
}

bool DnsNameMatches(std::string_view pattern, std::string_view name) {
  const std::string lower_name = absl::AsciiStrToLower(View(name));
  // Among what is no name of a host are certificates' own wildcards, which are no identity.
  return base::IsDnsSubdomain(lower_name) && MatchesByParts(pattern, lower_name, '.');
}

absl::Status CheckDnsPattern(std::string_view pattern) {
  std::string name(pattern);
  std::replace(name.begin(), name.end(), '*', 'a');
  if (base::IsDnsSubdomain(name)) return absl::OkStatus();
  return Refuse("what stands after \"dns:\" is no DNS name");
}

absl::Status CheckUriPattern(std::string_view pattern) {
  const size_t colon = pattern.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return Refuse(
        "what stands after \"uri:\" is no URI: it begins with a scheme, such as spiffe://");
  }
  for (const char c : pattern) {
    if (!absl::ascii_isgraph(c)) return Refuse("the URI has a character that no URI has");
  }
  return absl::OkStatus();
}

// A star would look like a pattern, and is none.
absl::Status CheckCommonName(std::string_view name) {
  if (name.empty()) return Refuse("nothing stands after \"cn:\"");
  if (name.find('*') == std::string_view::npos) return absl::OkStatus();
  return Refuse("a common name is written out; \"*\" stands for nothing in it");
}

}  // namespace

std::string ClientNames::Describe() const {
  constexpr size_t kMaxNames = 8;
  constexpr size_t kMaxNameBytes = 253;
  std::vector<std::string> names;
  size_t left_out = 0;
  const auto add = [&](std::string_view kind, std::string_view name) {
    if (names.size() == kMaxNames) {
      ++left_out;
    } else {
      names.push_back(absl::StrCat(kind, base::Printable(name, kMaxNameBytes)));
    }
  };
  for (const std::string& name : dns) add("dns:", name);
  for (const std::string& uri : uris) add("uri:", uri);
  if (!common_name.empty()) add("cn:", common_name);
  if (left_out > 0) names.push_back(absl::StrCat("and ", left_out, " more"));
  return names.empty() ? "none" : absl::StrJoin(names, ", ");
}

absl::StatusOr<ClientPattern> ClientPattern::Parse(std::string_view text,
                                                   CommonNames common_names) {
  const bool takes_common_names = common_names == CommonNames::kTaken;
  absl::string_view name = View(text);
  ClientPattern pattern(Kind::kUri, "");
  if (absl::ConsumePrefix(&name, "dns:")) {
    pattern = ClientPattern(Kind::kDns, absl::AsciiStrToLower(name));
    CS_RETURN_IF_ERROR(CheckDnsPattern(pattern.pattern_));
    return pattern;
  }
  if (absl::ConsumePrefix(&name, "uri:")) {
    pattern.pattern_ = std::string(name);
    CS_RETURN_IF_ERROR(CheckUriPattern(pattern.pattern_));
    return pattern;
  }
  if (takes_common_names && absl::ConsumePrefix(&name, "cn:")) {
    pattern = ClientPattern(Kind::kCommonName, std::string(name));
    CS_RETURN_IF_ERROR(CheckCommonName(pattern.pattern_));
    return pattern;
  }
  return Refuse(takes_common_names ? "it begins with neither \"dns:\" nor \"uri:\" nor \"cn:\""
                                   : "it begins with neither \"dns:\" nor \"uri:\"");
}

std::string ClientPattern::Describe() const {
  constexpr std::string_view kPrefixes[] = {"dns:", "uri:", "cn:"};
  return absl::StrCat(kPrefixes[static_cast<size_t>(kind_)], base::Printable(pattern_));
}

bool ClientPattern::Matches(const ClientNames& client) const {
  if (kind_ == Kind::kCommonName) return client.common_name == pattern_;
  const bool is_uri = kind_ == Kind::kUri;
  const std::vector<std::string>& names = is_uri ? client.uris : client.dns;
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return is_uri ? MatchesByParts(pattern_, name, '/') : DnsNameMatches(pattern_, name);
  });
}

}  // namespace countersign::http
