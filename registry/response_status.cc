#include "registry/response_status.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/printable.h"
#include "registry/authorization.h"
#include "registry/credential.h"
#include "registry/error_body.h"

namespace countersign::registry {
namespace {

constexpr size_t kMaxQuotedBytes = 400;

std::string_view RefusalOf(const Credential& credential) {
  return credential.IsAnonymous() ? " refused to answer without a credential"
                                  : " refused the credential";
}

// JSON in which each text is written in one way, of the several that there are (RFC 8259, section 7).
std::string InOneForm(const base::Json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/false, base::Json::error_handler_t::replace);
}

// Somebody may say back what he was told, in whatever form.
bool Holds(std::string_view body, const Credential& credential) {
  const absl::StatusOr<base::Json> json = base::ParseJson(body, kErrorBodyLimits);
  // Of that nothing is quoted.
  if (!json.ok()) return false;
  const std::string text = InOneForm(*json);
  for (const std::string& secret : {credential.password, credential.identity_token,
                                    credential.registry_token, EncodeBasic(credential)}) {
    const std::string quoted = InOneForm(base::Json(secret));
    const std::string_view written = std::string_view(quoted).substr(1, quoted.size() - 2);
    if (!written.empty() && absl::StrContains(text, written)) return true;
  }
  return false;
}

std::string QuoteReason(std::string_view body, const Credential& credential) {
  if (body.empty() || Holds(body, credential)) return "";
  const std::optional<std::string> reason = ReadReason(body);
  if (!reason.has_value()) return "";
  return absl::StrCat(" and says ", base::Quoted(*reason, kMaxQuotedBytes));
}

absl::Status Describe(int http_status, std::string_view who, const Credential& credential) {
  switch (http_status) {
    case 401:
      return absl::UnauthenticatedError(
          absl::StrCat(who, RefusalOf(credential), " (401 Unauthorized)"));
    case 403:
      return absl::PermissionDeniedError(
          absl::StrCat(who, RefusalOf(credential), " (403 Forbidden)"));
    case 404:
      return absl::NotFoundError(absl::StrCat(who, " does not have it (404 Not Found)"));
    case 408:
      return absl::UnavailableError(absl::StrCat(who, " gave up (408 Request Timeout)"));
    case 412:
      return absl::FailedPreconditionError(
          absl::StrCat(who, " refused it by a rule of its own (412 Precondition Failed)"));
    case 429:
      return absl::ResourceExhaustedError(
          absl::StrCat(who, " wants to be asked less often (429 Too Many Requests)"));
    default:
      break;
  }
  if (http_status >= 500 && http_status < 600) {
    return absl::UnavailableError(absl::StrCat(who, " failed (", http_status, ")"));
  }
  return absl::FailedPreconditionError(
      absl::StrCat(who, " gave an answer that is not understood (", http_status, ")"));
}

}  // namespace

std::string Who(std::string_view registry) { return absl::StrCat("registry ", registry); }

absl::Status ResponseStatus(int http_status, std::string_view who, const Credential& credential,
                            std::string_view body) {
  if (http_status == 200) return absl::OkStatus();
  const absl::Status status = Describe(http_status, who, credential);
  return absl::Status(status.code(), absl::StrCat(status.message(), QuoteReason(body, credential)));
}

}  // namespace countersign::registry
