#include "registry/retry_after.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/time/time.h"

namespace countersign::registry {
namespace {

constexpr absl::Duration kShortest = absl::Seconds(1);

// Names the payload of a status (absl::Status::SetPayload).
constexpr char kPayload[] = "countersign/retry-after";

std::optional<absl::Duration> ReadSeconds(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), absl::ascii_isdigit)) {
    return std::nullopt;
  }
  // So many digits are more than enough.
  if (text.size() > 9) return kLongestRetryAfter;
  return absl::Seconds(std::stoi(std::string(text)));
}

// The one form of three that is still to be sent: RFC 9110, section 5.6.7.
std::optional<absl::Duration> ReadDate(std::string_view text, absl::Time now) {
  absl::Time date;
  std::string ignored;
  if (!absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", std::string(text), &date, &ignored)) {
    return std::nullopt;
  }
  return date - now;
}

}  // namespace

absl::Duration ReadRetryAfter(std::optional<std::string_view> value, absl::Time now) {
  if (!value.has_value()) return kShortest;
  const std::string_view text = absl::StripAsciiWhitespace(*value);
  std::optional<absl::Duration> wait = ReadSeconds(text);
  if (!wait.has_value()) wait = ReadDate(text, now);
  return std::clamp(wait.value_or(kShortest), kShortest, kLongestRetryAfter);
}

absl::Status WithRetryAfter(absl::Status error, absl::Duration retry_after) {
  error.SetPayload(kPayload, absl::Cord(absl::FormatDuration(retry_after)));
  return error;
}

std::optional<absl::Duration> RetryAfterOf(const absl::Status& error) {
  const absl::optional<absl::Cord> text = error.GetPayload(kPayload);
  absl::Duration duration;
  if (!text.has_value() || !absl::ParseDuration(std::string(*text), &duration)) return std::nullopt;
  return duration;
}

}  // namespace countersign::registry
