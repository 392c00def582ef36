#include "verifier/serving/client_rules.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
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

// `text` with each `*` made a letter.
std::string WithoutStars(std::string_view text) {
  std::string result(text);
  std::replace(result.begin(), result.end(), '*', 'a');
  return result;
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

absl::StatusOr<ClientRules::Rule> ClientRules::ParseRule(std::string_view text) {
  // A URI may hold a '=', a namespace's name may not.
  const size_t equals = text.rfind('=');
  if (equals == std::string_view::npos) {
    return Refuse(
        "it does not say on whose behalf the client may ask: add \"=none\", \"=shared\", \"=*\" or "
        "\"=NAMESPACE,...\"");
  }
  CS_ASSIGN_OR_RETURN(ClientRights rights, ParseRights(text.substr(equals + 1)));
  CS_ASSIGN_OR_RETURN(http::ClientPattern clients,
                      http::ClientPattern::Parse(text.substr(0, equals),
                                                 http::ClientPattern::CommonNames::kRefused));
  return Rule{.clients = std::move(clients), .rights = std::move(rights)};
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

ClientRights ClientRules::RightsOf(const http::ClientNames& client) const {
  if (rules_.empty()) return {.may_ask = true, .shared_credentials = true, .namespaces = {"*"}};
  ClientRights all;
  for (const Rule& rule : rules_) {
    if (!rule.clients.Matches(client)) continue;
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
    if (!rule.rights.CoversAll() || !rule.clients.IsOfManyNames()) continue;
    warnings.push_back(absl::StrCat(
        "--allowed-client ", rule.clients.Describe(),
        "=*: whoever has a certificate for any name of this form may "
        "ask on behalf of every namespace; write the one name that is meant, without '*'."));
  }
  return warnings;
}

}  // namespace countersign::verifier
