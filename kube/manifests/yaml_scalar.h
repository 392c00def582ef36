#ifndef COUNTERSIGN_KUBE_MANIFESTS_YAML_SCALAR_H_
#define COUNTERSIGN_KUBE_MANIFESTS_YAML_SCALAR_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "base/json.h"

namespace countersign::kube {

// What a plain (unquoted) YAML scalar means in a Kubernetes manifest. It is what kubectl makes of
// it (sigs.k8s.io/yaml, close to YAML 1.1), so that a file means here what it means when it is
// applied:
//   null      nothing, ~, null
//   boolean   true, false, yes, no, on, off, y, n
//   integer   decimal, 0x, 0o, 0b, or a leading 0 for octal; a sign; _ between digits; within 64
//             bits
//   float     what else looks like a decimal number, such as 1.5, .5, 1e3, and integers that are too
//             large
//   string    everything else: dates, versions, sexagesimal numbers, numbers too large for a double
// Words are also understood Capitalised and in UPPER CASE. InvalidArgument for .inf and .nan, which
// JSON cannot hold.
absl::StatusOr<base::Json> ReadPlainScalar(std::string_view text);

// The text of a quoted scalar of a file in UTF-8, as yaml-cpp gives it: single bytes, which are no
// UTF-8, for the escapes \N and \_ (U+0085 and U+00A0; YAML 1.2 section 5.7). InvalidArgument if
// there is something else in it that is not UTF-8.
absl::StatusOr<base::Json> ReadQuotedScalar(std::string_view text);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_MANIFESTS_YAML_SCALAR_H_
