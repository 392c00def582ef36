#ifndef COUNTERSIGN_VERIFIER_CREDENTIALS_GO_DURATION_H_
#define COUNTERSIGN_VERIFIER_CREDENTIALS_GO_DURATION_H_

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"

namespace countersign::verifier {

// The member `name` as Kubernetes writes durations (meta/v1.Duration: the text of Go's
// time.Duration, such as "12h", "1h30m", "0s"), or nullopt if it is absent or null. InvalidArgument
// "<path>/<name>: …" if it is anything else, or negative.
absl::StatusOr<std::optional<absl::Duration>> GoDurationMember(const base::Json& object,
                                                               std::string_view name,
                                                               std::string_view path);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_CREDENTIALS_GO_DURATION_H_
