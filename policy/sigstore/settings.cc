#include "policy/sigstore/settings.h"

#include <optional>
#include <string_view>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "base/status_macros.h"

namespace countersign::policy {
namespace {

using base::JsonPlace;

// strconv.ParseBool of Go.
absl::StatusOr<bool> ReadBool(const JsonPlace& value) {
  constexpr std::string_view kTrue[] = {"1", "t", "T", "TRUE", "true", "True"};
  constexpr std::string_view kFalse[] = {"0", "f", "F", "FALSE", "false", "False"};
  CS_ASSIGN_OR_RETURN(const std::string text, value.String());
  if (absl::c_linear_search(kTrue, text)) return true;
  if (absl::c_linear_search(kFalse, text)) return false;
  return value.Error(absl::StrCat("must be true or false, is ", base::Quoted(text)));
}

absl::Status ReadBool(const JsonPlace& data, std::string_view key, bool& value) {
  CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> member, data.Optional(key));
  if (!member.has_value()) return absl::OkStatus();
  CS_ASSIGN_OR_RETURN(value, ReadBool(*member));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ControllerSettings> ReadControllerSettings(const base::Json& config_map) {
  ControllerSettings settings;
  CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> data,
                      JsonPlace(config_map).OptionalObject("data"));
  if (!data.has_value()) return settings;
  CS_ASSIGN_OR_RETURN(const std::string word, data->OptionalString("no-match-policy"));
  if (word == "warn") {
    settings.no_match = NoMatchRule::kWarn;
  } else if (word == "allow") {
    settings.no_match = NoMatchRule::kAllow;
  } else if (word != "deny") {
    settings.unknown_no_match = word;
  }
  CS_RETURN_IF_ERROR(
      ReadBool(*data, "fail-on-empty-authorities", settings.fails_on_empty_authorities));
  CS_RETURN_IF_ERROR(ReadBool(*data, "enable-oci11", settings.enables_oci11));
  return settings;
}

std::optional<Problem> NoMatchProblem(const ControllerSettings& settings) {
  if (settings.unknown_no_match.empty()) return std::nullopt;
  return Problem{"/data/no-match-policy",
                 absl::StrCat(base::Quoted(settings.unknown_no_match),
                              " is none of deny, warn and allow, so it is deny")};
}

}  // namespace countersign::policy
