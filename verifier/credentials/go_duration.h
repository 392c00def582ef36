#ifndef COUNTERSIGN_VERIFIER_CREDENTIALS_GO_DURATION_H_
#define COUNTERSIGN_VERIFIER_CREDENTIALS_GO_DURATION_H_

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json_place.h"

namespace countersign::verifier {

// The member `name` of the object there as Kubernetes writes durations (meta/v1.Duration: the text of
// Go's time.Duration, such as "12h", "1h30m", "0s"), or nullopt if it is absent or null. An error of
// the place's if it is anything else, or negative.
absl::StatusOr<std::optional<absl::Duration>> GoDurationMember(const base::JsonPlace& object,
                                                               std::string_view name);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_CREDENTIALS_GO_DURATION_H_
