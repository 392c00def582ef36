#include "registry/response_status.h"

#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "registry/credential.h"

namespace countersign::registry {
namespace {

std::string_view RefusalOf(const Credential& credential) {
  return credential.IsAnonymous() ? " refused to answer without a credential"
                                  : " refused the credential";
}

}  // namespace

absl::Status ResponseStatus(int http_status, std::string_view who, const Credential& credential) {
  if (http_status == 200) return absl::OkStatus();
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

}  // namespace countersign::registry
