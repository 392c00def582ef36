#include "registry/error_body.h"

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/printable.h"

namespace countersign::registry {
namespace {

constexpr size_t kMaxCodeBytes = 48;
constexpr size_t kMaxMessageBytes = 250;

}  // namespace

std::optional<std::string> ReadReason(std::string_view body) {
  const absl::StatusOr<base::Json> json = base::ParseJson(body, kErrorBodyLimits);
  if (!json.ok()) return std::nullopt;
  const auto errors = base::JsonPlace(*json).OptionalElements("errors");
  if (!errors.ok() || errors->empty()) return std::nullopt;
  const base::Json& first = errors->front().json();
  const std::string code = base::Printable(base::FindString(first, "code"), kMaxCodeBytes);
  const std::string message = base::Printable(base::FindString(first, "message"), kMaxMessageBytes);
  if (code.empty() && message.empty()) return std::nullopt;
  return absl::StrCat(code, code.empty() || message.empty() ? "" : ": ", message);
}

}  // namespace countersign::registry
