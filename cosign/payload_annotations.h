#ifndef COUNTERSIGN_COSIGN_PAYLOAD_ANNOTATIONS_H_
#define COUNTERSIGN_COSIGN_PAYLOAD_ANNOTATIONS_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace countersign::cosign {

// Of a payload (cosign/signed_payload.h), the members of `optional` that have one of these names and
// are text: what `cosign sign -a` lets a signer say besides. The payload is held to what
// ParseSignedPayload holds it to as JSON, and only those members are in memory; InvalidArgument says
// where it is not. While a long one is read, others of the process wait (base/large_text_turn.h). Pure.
absl::StatusOr<std::map<std::string, std::string, std::less<>>> ReadPayloadAnnotations(
    std::string_view payload, absl::Span<const std::string_view> names);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_PAYLOAD_ANNOTATIONS_H_
