#ifndef COUNTERSIGN_TUF_CANONICAL_JSON_H_
#define COUNTERSIGN_TUF_CANONICAL_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/json.h"

namespace countersign::tuf {

// The one spelling of a JSON value that TUF signs, and by whose hash it names keys (OLPC's canonical
// JSON): members in the order of their names' bytes, no white space, a backslash before `"` and `\`
// in strings and every other character as it is. All members are in it, known or not. Values have
// the same spelling only if they are equal.
//
// InvalidArgument if a number is not an integer, or not within 64 bits. Pure; recurses as deep as
// the value, which whoever parsed it has bounded (base::JsonLimits).
absl::StatusOr<std::string> CanonicalJson(const base::Json& value);

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_CANONICAL_JSON_H_
