#include "verifier/credentials/go_duration.h"

#include <string>

#include "base/status_macros.h"

namespace countersign::verifier {

absl::StatusOr<std::optional<absl::Duration>> GoDurationMember(const base::JsonPlace& object,
                                                               std::string_view name) {
  CS_ASSIGN_OR_RETURN(const auto member, object.Optional(name));
  if (!member) return std::nullopt;
  CS_ASSIGN_OR_RETURN(const std::string text, member->String());
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration == absl::InfiniteDuration() ||
      duration < absl::ZeroDuration()) {
    return member->Error("must be a duration that is not negative, such as 12h, 30m or 0s");
  }
  return duration;
}

}  // namespace countersign::verifier
