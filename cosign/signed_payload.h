#ifndef COUNTERSIGN_COSIGN_SIGNED_PAYLOAD_H_
#define COUNTERSIGN_COSIGN_SIGNED_PAYLOAD_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace countersign::cosign {

// What a signature speaks about: the "simple signing" JSON (containers/image,
// docs/containers-signature.5.md, as used by cosign's specs/SIGNATURE_SPEC.md):
//   {"critical": {"identity": {"docker-reference": …},
//                 "image": {"docker-manifest-digest": …},
//                 "type": …},
//    "optional": …}
struct SignedPayload {
  // critical.image.docker-manifest-digest, exactly as written. The one member that decides: the
  // docker-reference does not (cosign does not compare it either).
  std::string docker_manifest_digest;
};

// Largest payload, and deepest nesting, that are read.
inline constexpr size_t kMaxPayloadBytes = 1 << 20;
inline constexpr int kMaxPayloadDepth = 32;

// InvalidArgument, saying where, if the bytes are not one JSON object, hold duplicate members at
// any depth or trailing bytes, are beyond the limits, or a member shown above is of
// the wrong type ("type" a string, "optional" an object); docker-manifest-digest is required and
// not empty. Other members may be absent or null, and unknown ones are ignored: they are held to the
// same, and never in memory.
absl::StatusOr<SignedPayload> ParseSignedPayload(std::string_view bytes);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_SIGNED_PAYLOAD_H_
