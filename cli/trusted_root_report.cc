#include "cli/trusted_root_report.h"

#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "base/printable.h"

namespace countersign::cli {
namespace {

using base::Json;
using cosign::TrustedLog;
using cosign::TrustedRoot;
using cosign::TrustWindow;

// What both kinds of authorities are shown as.
struct Authority {
  std::string_view uri;
  std::string_view operator_name;
  std::vector<std::string> subjects;
  TrustWindow window;
};

std::vector<std::string> SubjectsOf(const std::vector<crypto::Certificate>& chain) {
  std::vector<std::string> subjects;
  for (const crypto::Certificate& certificate : chain) subjects.push_back(certificate.subject());
  return subjects;
}

Authority Shown(const cosign::TrustedCertificateAuthority& authority) {
  return {authority.uri, authority.operator_name, SubjectsOf(authority.chain), authority.valid_for};
}

Authority Shown(const cosign::TrustedTimestampAuthority& trusted) {
  return {trusted.uri,
          trusted.operator_name,
          SubjectsOf(trusted.authority.chain),
          {trusted.authority.start, trusted.authority.end}};
}

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

std::string TextOf(std::string_view before, const std::optional<absl::Time>& time) {
  return time ? absl::StrCat(before, Rfc3339(*time)) : "";
}

Json JsonOf(const std::optional<absl::Time>& time) { return time ? Json(Rfc3339(*time)) : Json(); }

// What follows what something is called.
std::string TextOf(std::string_view operator_name, const TrustWindow& window) {
  return absl::StrCat(
      operator_name.empty() ? "" : absl::StrCat("  of ", base::Printable(operator_name)),
      TextOf("  from ", window.start), TextOf("  until ", window.end), "\n");
}

void AppendText(std::string_view kind, const std::vector<TrustedLog>& logs, std::string& text) {
  for (const TrustedLog& log : logs) {
    absl::StrAppend(&text, kind, base::Printable(log.base_url), "  ", log.key.Description(),
                    "  id ", absl::Base64Escape(log.id), TextOf(log.operator_name, log.valid_for));
  }
}

template <typename Trusted>
void AppendText(std::string_view kind, const std::vector<Trusted>& authorities, std::string& text) {
  for (const Trusted& trusted : authorities) {
    const Authority authority = Shown(trusted);
    absl::StrAppend(&text, kind, base::Printable(authority.uri), "  ",
                    base::Printable(absl::StrJoin(authority.subjects, " < ")),
                    TextOf(authority.operator_name, authority.window));
  }
}

Json JsonOf(const std::vector<TrustedLog>& logs) {
  Json list = Json::array();
  for (const TrustedLog& log : logs) {
    list.push_back({{"url", log.base_url},
                    {"operator", log.operator_name},
                    {"key", log.key.Description()},
                    {"fingerprint", log.key.Fingerprint()},
                    {"id", absl::Base64Escape(log.id)},
                    {"from", JsonOf(log.valid_for.start)},
                    {"until", JsonOf(log.valid_for.end)}});
  }
  return list;
}

template <typename Trusted>
Json JsonOf(const std::vector<Trusted>& authorities) {
  Json list = Json::array();
  for (const Trusted& trusted : authorities) {
    const Authority authority = Shown(trusted);
    list.push_back({{"uri", authority.uri},
                    {"operator", authority.operator_name},
                    {"subjects", authority.subjects},
                    {"from", JsonOf(authority.window.start)},
                    {"until", JsonOf(authority.window.end)}});
  }
  return list;
}

}  // namespace

std::string WriteText(const TrustedRoot& root) {
  std::string text;
  AppendText("log          ", root.logs, text);
  AppendText("ct-log       ", root.certificate_logs, text);
  AppendText("authority    ", root.certificate_authorities, text);
  AppendText("timestamps   ", root.timestamp_authorities, text);
  for (const std::string& warning : root.warnings) {
    absl::StrAppend(&text, "warning      ", base::Printable(warning), "\n");
  }
  return text;
}

std::string WriteJson(const TrustedRoot& root) {
  const Json report = {{"logs", JsonOf(root.logs)},
                       {"certificate_logs", JsonOf(root.certificate_logs)},
                       {"certificate_authorities", JsonOf(root.certificate_authorities)},
                       {"timestamp_authorities", JsonOf(root.timestamp_authorities)},
                       {"warnings", root.warnings}};
  // In ASCII, since it may be read on a terminal, too.
  return report.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace countersign::cli
