#ifndef COUNTERSIGN_COSIGN_DSSE_H_
#define COUNTERSIGN_COSIGN_DSSE_H_

#include <string>
#include <string_view>

namespace countersign::cosign {

// The payload type of in-toto statements (cosign/statement.h), the only one that is evidence.
inline constexpr std::string_view kInTotoPayloadType = "application/vnd.in-toto+json";

// What a DSSE envelope (Dead Simple Signing Envelope, version 1) holds beside its signature.
struct Envelope {
  std::string payload_type;
  std::string payload;  // decoded
};

// The bytes that a signature in an envelope is over (DSSE's protocol.md, "PAE"): lengths in decimal,
// in bytes, so that no two pairs have the same. Pure.
std::string PreAuthenticationEncoding(std::string_view payload_type, std::string_view payload);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_DSSE_H_
