#include "registry/error_body.h"

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/printable.h"

namespace countersign::registry {
namespace {

constexpr size_t kMaxCodeBytes = 48;
constexpr size_t kMaxMessageBytes = 250;

std::string Member(const base::Json& error, std::string_view name, size_t max_bytes) {
  const absl::StatusOr<std::string> text = base::StringMember(error, name, "");
  return text.ok() ? base::Printable(*text, max_bytes) : "";
}

}  // namespace

std::optional<std::string> ReadReason(std::string_view body) {
  const absl::StatusOr<base::Json> json = base::ParseJson(body, kErrorBodyLimits);
  if (!json.ok()) return std::nullopt;
  const absl::StatusOr<const base::Json*> errors = base::ArrayMember(*json, "errors", "");
  if (!errors.ok() || *errors == nullptr || (*errors)->empty()) return std::nullopt;
  const base::Json& first = (**errors)[0];
  const std::string code = Member(first, "code", kMaxCodeBytes);
  const std::string message = Member(first, "message", kMaxMessageBytes);
  if (code.empty() && message.empty()) return std::nullopt;
  return absl::StrCat(code, code.empty() || message.empty() ? "" : ": ", message);
}

}  // namespace countersign::registry
