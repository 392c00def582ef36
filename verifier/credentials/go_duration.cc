#include "verifier/credentials/go_duration.h"

#include <string>

#include "base/status_macros.h"

namespace countersign::verifier {

absl::StatusOr<std::optional<absl::Duration>> GoDurationMember(const base::Json& object,
                                                               std::string_view name,
                                                               std::string_view path) {
  if (base::FindMember(object, name) == nullptr) return std::nullopt;
  CS_ASSIGN_OR_RETURN(const std::string text, base::StringMember(object, name, path));
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration == absl::InfiniteDuration() ||
      duration < absl::ZeroDuration()) {
    return base::MemberError(base::JsonPointer(path, name),
                             "must be a duration that is not negative, such as 12h, 30m or 0s");
  }
  return duration;
}

}  // namespace countersign::verifier
