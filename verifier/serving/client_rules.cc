#include "verifier/serving/client_rules.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/dns_name.h"
#include "base/glob.h"
#include "base/printable.h"
#include "base/status_macros.h"

namespace countersign::verifier {
namespace {

using base::GlobMatches;

constexpr std::string_view kNone = "none";
constexpr std::string_view kShared = "shared";

absl::Status Refuse(std::string_view why) { return absl::InvalidArgumentError(why); }

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (absl::string_view part :
       absl::StrSplit(absl::string_view(text.data(), text.size()), separator)) {
    parts.emplace_back(part.data(), part.size());
  }
  return parts;
}

// Whether each part of `name` is matched by the same part of `pattern`.
bool MatchesByParts(std::string_view pattern, std::string_view name, char separator) {
  const std::vector<std::string_view> globs = Split(pattern, separator);
  const std::vector<std::string_view> parts = Split(name, separator);
  return std::equal(globs.begin(), globs.end(), parts.begin(), parts.end(),
                    [](std::string_view glob, std::string_view part) {
                      const bool is_ordinary = !part.empty() && part != "." && part != "..";
                      return glob == part || (is_ordinary && GlobMatches(glob, part));
                    });
}

bool DnsNameMatches(std::string_view pattern, std::string_view name) {
  const std::string lower_name = absl::AsciiStrToLower(absl::string_view(name.data(), name.size()));
  // Among what is no name of a host are certificates' own wildcards, which are no identity.
  return base::IsDnsSubdomain(lower_name) && MatchesByParts(pattern, lower_name, '.');
}

// `text` with each `*` made a letter.
std::string WithoutStars(std::string_view text) {
  std::string result(text);
  std::replace(result.begin(), result.end(), '*', 'a');
  return result;
}

absl::Status CheckDnsPattern(std::string_view pattern) {
  if (base::IsDnsSubdomain(WithoutStars(pattern))) return absl::OkStatus();
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

absl::StatusOr<ClientRights> ParseRights(std::string_view text) {
  ClientRights rights = {.may_ask = true, .shared_credentials = text != kNone, .namespaces = {}};
  if (text == kNone || text == kShared) return rights;
  for (const std::string_view name : Split(text, ',')) {
    if (!base::IsDnsLabel(WithoutStars(name))) {
      return Refuse(
          absl::StrCat(base::Quoted(name),
                       " is no namespace's name; after the \"=\" stands none, shared, * or "
                       "names with \",\" between"));
    }
    rights.namespaces.emplace_back(name);
  }
  return rights;
}

}  // namespace

std::string ClientNames::Describe() const {
  std::vector<std::string> names;
  for (const std::string& name : dns) names.push_back(absl::StrCat("dns:", base::Printable(name)));
  for (const std::string& uri : uris) names.push_back(absl::StrCat("uri:", base::Printable(uri)));
  return names.empty() ? "none" : absl::StrJoin(names, ", ");
}

bool ClientRights::CoversAll() const {
  return std::find(namespaces.begin(), namespaces.end(), "*") != namespaces.end();
}

bool ClientRights::Covers(std::string_view workload_namespace) const {
  if (workload_namespace.empty()) return true;
  return std::any_of(namespaces.begin(), namespaces.end(), [&](const std::string& glob) {
    return glob == "*" ||
           (base::IsDnsLabel(workload_namespace) && GlobMatches(glob, workload_namespace));
  });
}

bool ClientRules::Rule::Matches(const ClientNames& client) const {
  const std::vector<std::string>& names = is_uri ? client.uris : client.dns;
  return std::any_of(names.begin(), names.end(), [this](const std::string& name) {
    return is_uri ? MatchesByParts(pattern, name, '/') : DnsNameMatches(pattern, name);
  });
}

absl::StatusOr<ClientRules::Rule> ClientRules::ParseRule(std::string_view text) {
  // A URI may hold a '=', a namespace's name may not.
  const size_t equals = text.rfind('=');
  if (equals == std::string_view::npos) {
    return Refuse(
        "it does not say on whose behalf the client may ask: add \"=none\", \"=shared\", \"=*\" or "
        "\"=NAMESPACE,...\"");
  }
  CS_ASSIGN_OR_RETURN(ClientRights rights, ParseRights(text.substr(equals + 1)));
  absl::string_view pattern(text.data(), equals);
  Rule rule = {.is_uri = absl::ConsumePrefix(&pattern, "uri:"), .pattern = {}, .rights = {}};
  if (!rule.is_uri && !absl::ConsumePrefix(&pattern, "dns:")) {
    return Refuse("it begins with neither \"dns:\" nor \"uri:\"");
  }
  rule.pattern = rule.is_uri ? std::string(pattern) : absl::AsciiStrToLower(pattern);
  CS_RETURN_IF_ERROR(rule.is_uri ? CheckUriPattern(rule.pattern) : CheckDnsPattern(rule.pattern));
  rule.rights = std::move(rights);
  return rule;
}

absl::StatusOr<ClientRules> ClientRules::Parse(const std::vector<std::string>& rules) {
  ClientRules result;
  for (const std::string& text : rules) {
    absl::StatusOr<Rule> rule = ParseRule(text);
    if (!rule.ok()) {
      return base::Annotate(absl::StrCat("--allowed-client ", base::Printable(text)),
                            rule.status());
    }
    result.rules_.push_back(*std::move(rule));
  }
  return result;
}

ClientRights ClientRules::RightsOf(const ClientNames& client) const {
  if (rules_.empty()) return {.may_ask = true, .shared_credentials = true, .namespaces = {"*"}};
  ClientRights all;
  for (const Rule& rule : rules_) {
    if (!rule.Matches(client)) continue;
    all.may_ask = true;
    all.shared_credentials = all.shared_credentials || rule.rights.shared_credentials;
    all.namespaces.insert(all.namespaces.end(), rule.rights.namespaces.begin(),
                          rule.rights.namespaces.end());
  }
  return all;
}

std::vector<std::string> ClientRules::Warnings() const {
  std::vector<std::string> warnings;
  for (const Rule& rule : rules_) {
    if (!rule.rights.CoversAll() || rule.pattern.find('*') == std::string::npos) continue;
    const std::string name =
        absl::StrCat(rule.is_uri ? "uri:" : "dns:", base::Printable(rule.pattern));
    warnings.push_back(absl::StrCat(
        "--allowed-client ", name,
        "=*: whoever has a certificate for any name of this form may "
        "ask on behalf of every namespace; write the one name that is meant, without '*'."));
  }
  return warnings;
}

}  // namespace countersign::verifier
