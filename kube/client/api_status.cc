#include "kube/client/api_status.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/printable.h"

namespace countersign::kube {
namespace {

using absl::StatusCode;

constexpr uint32_t kLongestRetryAfterSeconds = 3600;

StatusCode CodeOf(const ApiStatus& status) {
  switch (status.code) {
    case 400:
    case 405:
    case 413:
    case 415:
    case 422:
      return StatusCode::kInvalidArgument;
    case 401:
      return StatusCode::kUnauthenticated;
    case 403:
      return StatusCode::kPermissionDenied;
    case 404:
      return status.is_kubernetes ? StatusCode::kNotFound : StatusCode::kUnavailable;
    case 409:
      return status.reason == "AlreadyExists" ? StatusCode::kAlreadyExists : StatusCode::kAborted;
    case 410:
      return StatusCode::kOutOfRange;
    case 429:
      return StatusCode::kResourceExhausted;
    default:
      return StatusCode::kUnavailable;
  }
}

std::string_view Explain(int code) {
  switch (code) {
    case 401:
      return "the API server does not accept these credentials";
    case 403:
      return "the API server does not allow it; a Role or ClusterRole must";
    case 429:
      return "the API server has too much to do";
    default:
      return "";
  }
}

}  // namespace

ApiStatus ReadApiStatus(const base::Json& object) {
  ApiStatus status;
  status.is_kubernetes = base::FindString(object, "kind") == "Status";
  status.code = static_cast<int>(base::JsonPlace(object).OptionalInteger("code").value_or(0));
  status.reason = base::FindString(object, "reason");
  status.message = base::FindString(object, "message");
  return status;
}

ApiStatus ReadApiStatus(const http::ClientResponse& response) {
  ApiStatus status;
  const absl::StatusOr<base::Json> body = base::ParseJson(response.body);
  if (body.ok() && body->is_object()) status = ReadApiStatus(*body);
  status.code = response.status;
  return status;
}

absl::Status ToError(const ApiStatus& status) {
  const std::string_view explanation = Explain(status.code);
  std::string message = explanation.empty() ? absl::StrCat("the API server answered ", status.code)
                                            : std::string(explanation);
  if (status.is_kubernetes && !status.message.empty()) {
    absl::StrAppend(&message, ": ", base::Printable(status.message));
  } else if (!status.is_kubernetes && explanation.empty()) {
    absl::StrAppend(&message, ", not as a Kubernetes API server does");
  }
  return absl::Status(CodeOf(status), message);
}

absl::Duration RetryAfter(const http::ClientResponse& response) {
  const std::optional<std::string_view> header = response.FindHeader("retry-after");
  uint32_t seconds = 0;
  if (!header.has_value() || !absl::SimpleAtoi(*header, &seconds)) return absl::ZeroDuration();
  return absl::Seconds(std::min(seconds, kLongestRetryAfterSeconds));
}

}  // namespace countersign::kube
