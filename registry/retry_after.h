#ifndef COUNTERSIGN_REGISTRY_RETRY_AFTER_H_
#define COUNTERSIGN_REGISTRY_RETRY_AFTER_H_

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace countersign::registry {

inline constexpr absl::Duration kLongestRetryAfter = absl::Seconds(30);

// How long a server that answered 429 is left alone: as long as its Retry-After header says (RFC
// 9110, section 10.2.3: seconds, or a date as of `now`), but a second at least, also where it says
// nothing that can be read, and kLongestRetryAfter at most, whatever it says.
absl::Duration ReadRetryAfter(std::optional<std::string_view> value, absl::Time now);

// That duration on its way up with the error that the answer became.
absl::Status WithRetryAfter(absl::Status error, absl::Duration retry_after);
std::optional<absl::Duration> RetryAfterOf(const absl::Status& error);

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_RETRY_AFTER_H_
