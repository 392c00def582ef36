#include "policy/sigstore/witness_rules.h"

#include <string>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/printable.h"
#include "base/status_macros.h"

namespace countersign::policy {
namespace {

bool IsSameUrl(std::string_view a, std::string_view b) {
  return absl::StripSuffix(a, "/") == absl::StripSuffix(b, "/");
}

absl::Status NobodysUrl(std::string_view what, std::string_view url, std::string_view of) {
  return absl::InvalidArgumentError(absl::StrCat(what, " ", base::Printable(url), " belongs to no ",
                                                 of,
                                                 " of the default trust root: set trustRootRef"));
}

absl::Status HasNone(std::string_view root, std::string_view of, std::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      root.empty() ? "the default trust root" : absl::StrCat("the TrustRoot ", base::Quoted(root)),
      " has no ", of, ", ", why));
}

bool NamesLog(const AuthoritySpec& authority) {
  return authority.log.has_value() &&
         (!authority.log->url.value_or("").empty() || !authority.log->trust_root.empty());
}

bool NamesTimestamps(const AuthoritySpec& authority) {
  return authority.timestamp.has_value() && !authority.timestamp->trust_root.empty();
}

// By whose certificates a keyless authority is judged.
absl::StatusOr<cosign::TrustedRootPtr> RootOfCertificates(const KeylessRef& keyless,
                                                          const FindRoot& find_root) {
  CS_ASSIGN_OR_RETURN(cosign::TrustedRootPtr root, find_root(keyless.trust_root));
  if (root->certificate_authorities.empty()) {
    return HasNone(keyless.trust_root, "certificate authority", "so no certificate is trusted");
  }
  // Who writes no URL means whoever is trusted here, and not the public instance.
  if (!keyless.trust_root.empty() || !keyless.url.has_value() || keyless.has_default_url) {
    return root;
  }
  const bool is_known = absl::c_any_of(root->certificate_authorities, [&](const auto& authority) {
    return IsSameUrl(authority.uri, *keyless.url);
  });
  if (!is_known) return NobodysUrl("keyless.url", *keyless.url, "certificate authority");
  return root;
}

absl::StatusOr<cosign::TrustedRootPtr> RootOfLogs(const LogSpec& log, const FindRoot& find_root) {
  CS_ASSIGN_OR_RETURN(cosign::TrustedRootPtr root, find_root(log.trust_root));
  if (root->logs.empty()) {
    return HasNone(log.trust_root, "transparency log", "and ctlog asks for an entry in one");
  }
  if (!log.trust_root.empty() || !log.url.has_value()) return root;
  const bool is_known = absl::c_any_of(
      root->logs, [&](const auto& known) { return IsSameUrl(known.base_url, *log.url); });
  if (!is_known) return NobodysUrl("ctlog.url", *log.url, "transparency log");
  return root;
}

absl::Status AddTimestamps(const TimestampSpec& timestamp, const FindRoot& find_root,
                           cosign::Witnesses& witnesses, cosign::RootParts& parts) {
  CS_ASSIGN_OR_RETURN(parts.timestamps, find_root(timestamp.trust_root));
  if (parts.timestamps->timestamp_authorities.empty()) {
    return HasNone(timestamp.trust_root, "timestamp authority",
                   "and rfc3161timestamp asks for a timestamp of one");
  }
  witnesses.timestamps = 1;
  return absl::OkStatus();
}

// Without a time that is trusted no certificate can be judged (D28).
absl::Status HasNoTime(const KeylessRef& keyless) {
  return HasNone(keyless.trust_root, "transparency log and no timestamp authority",
                 "so nobody says when something was signed, by which a certificate is judged: add "
                 "one to it, or set ctlog or rfc3161timestamp");
}

}  // namespace

absl::StatusOr<WitnessTerms> WitnessesOf(const AuthoritySpec& authority,
                                         const FindRoot& find_root) {
  cosign::Witnesses witnesses;
  cosign::RootParts parts;
  if (authority.keyless.has_value()) {
    CS_ASSIGN_OR_RETURN(parts.certificates, RootOfCertificates(*authority.keyless, find_root));
  }
  if (NamesLog(authority)) {
    CS_ASSIGN_OR_RETURN(parts.logs, RootOfLogs(*authority.log, find_root));
    witnesses.log_entries = 1;
  }
  if (NamesTimestamps(authority)) {
    CS_RETURN_IF_ERROR(AddTimestamps(*authority.timestamp, find_root, witnesses, parts));
  }
  if (!authority.keyless.has_value()) {
    return WitnessTerms{.witnesses = witnesses, .trust = cosign::CombineRoots(parts)};
  }
  const KeylessRef& keyless = *authority.keyless;
  const cosign::TrustedRoot& own = *parts.certificates;
  if (!keyless.ignores_sct && (keyless.trust_root.empty() || !own.certificate_logs.empty())) {
    witnesses.certificate_timestamps = 1;
  }
  const bool is_any_named = witnesses.log_entries > 0 || witnesses.timestamps > 0;
  if (!is_any_named && !own.logs.empty()) {
    witnesses.log_entries = 1;
  } else if (!is_any_named && !own.timestamp_authorities.empty()) {
    witnesses.timestamps = 1;
  } else if (!is_any_named) {
    return HasNoTime(keyless);
  }
  // What says when something was signed, for entries of logs that do not.
  if (parts.logs == nullptr && witnesses.log_entries > 0) parts.logs = parts.certificates;
  if (parts.timestamps == nullptr) parts.timestamps = parts.certificates;
  return WitnessTerms{.witnesses = witnesses, .trust = cosign::CombineRoots(parts)};
}

}  // namespace countersign::policy
