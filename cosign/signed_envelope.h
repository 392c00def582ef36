#ifndef COUNTERSIGN_COSIGN_SIGNED_ENVELOPE_H_
#define COUNTERSIGN_COSIGN_SIGNED_ENVELOPE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cosign/dsse.h"

namespace countersign::cosign {

inline constexpr size_t kMaxEnvelopeBytes = 8 << 20;
inline constexpr int kMaxEnvelopeDepth = 32;
inline constexpr size_t kMaxEnvelopeSignatures = 8;

// A DSSE envelope with all its signatures. Nothing of it is believed.
struct SignedEnvelope {
  Envelope envelope;
  std::vector<std::string> signatures;  // raw bytes, not empty; 1 to kMaxEnvelopeSignatures
};

// Reads the JSON of an envelope (DSSE's envelope.md), whole or not at all: payload and signatures
// in base64 of either alphabet. Members that are not known are ignored, as is what names a key
// (`keyid`), and duplicate ones refused at any depth. They are not held in memory.
//
// InvalidArgument says what is wrong and where, as a JSON pointer, or at which byte the text is no
// JSON. Pure.
absl::StatusOr<SignedEnvelope> ParseSignedEnvelope(std::string_view json);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_SIGNED_ENVELOPE_H_
