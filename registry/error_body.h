#ifndef COUNTERSIGN_REGISTRY_ERROR_BODY_H_
#define COUNTERSIGN_REGISTRY_ERROR_BODY_H_

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace countersign::registry {

// Bounds of such a body; one that is beyond them says nothing.
inline constexpr base::JsonLimits kErrorBodyLimits = {
    .max_bytes = 64 << 10, .max_depth = 16, .max_values = 2000};

// Why a registry refused, in its own words: code and message of the first error in the body of its
// answer (OCI distribution specification, "Error Codes"), as `DENIED: requested access is denied`.
// Printable ASCII, at most 300 bytes and what its escapes add; not to be believed. nullopt if the
// body is something else.
std::optional<std::string> ReadReason(std::string_view body);

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_ERROR_BODY_H_
