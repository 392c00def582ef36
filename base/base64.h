#ifndef COUNTERSIGN_BASE_BASE64_H_
#define COUNTERSIGN_BASE_BASE64_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace countersign::base {

enum class LineBreaks { kRefused, kIgnored };

// The bytes that `text` encodes in base64's standard alphabet with padding (RFC 4648 section 4),
// and nothing else: no white space, no text after the padding. With LineBreaks::kIgnored, CR and LF
// may stand anywhere. The bits that the last digit has beyond the last byte are not looked at, as
// cosign, and Go's decoder in it, do not. The bytes take no more memory than they have.
//
// InvalidArgument says what is wrong, and where; it quotes nothing, as the text may be a secret.
absl::StatusOr<std::string> DecodeBase64(std::string_view text,
                                         LineBreaks line_breaks = LineBreaks::kRefused);

// The same as JSON of Protocol Buffers may have it ("bytes" in ProtoJSON): in the standard alphabet
// or the one for URLs (section 5), not in a mixture of both, with all of its padding or none. In one
// alphabet each spelling of the same length means other bytes: the bits that the last digit has
// beyond the last byte must be zero.
absl::StatusOr<std::string> DecodeProtoBase64(std::string_view text);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_BASE64_H_
