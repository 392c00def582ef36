#ifndef COUNTERSIGN_CRYPTO_PEM_BLOCK_H_
#define COUNTERSIGN_CRYPTO_PEM_BLOCK_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace countersign::crypto {

// One block of textual encoding (RFC 7468):
//
//   -----BEGIN LABEL-----
//   base64, in lines
//   -----END LABEL-----
struct PemBlock {
  std::string label;
  std::string bytes;
};

// Reads a text that is exactly one block; white space around it and in its base64 is ignored.
// Header lines as RFC 1421 has them are refused. InvalidArgument, in words for a person, if there
// is no block, more than one, an unfinished one, text around it, an empty one, or something that is
// not base64 in it. The text is never quoted: it may be a private key.
absl::StatusOr<PemBlock> ParsePemBlock(std::string_view text);

// The block as text, in lines of 64 characters.
std::string WritePemBlock(std::string_view label, std::string_view bytes);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_PEM_BLOCK_H_
