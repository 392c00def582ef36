#ifndef COUNTERSIGN_POLICY_MOVING_GLOB_PATTERNS_H_
#define COUNTERSIGN_POLICY_MOVING_GLOB_PATTERNS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace countersign::policy {

// Globs of policy.sigstore.dev (policy/image_glob.h) on the way to patterns of Sign. Pure.

// The globs without those that only go on where another one, of names without tag and digest,
// ends.
std::vector<std::string> RepositoriesOf(absl::Span<const std::string> globs);

// The pattern that is next to it: a pattern's stars cross slashes.
std::string PatternOf(std::string_view glob);

// Whether some glob selects names with digests only.
bool AskForDigest(absl::Span<const std::string> globs);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_GLOB_PATTERNS_H_
