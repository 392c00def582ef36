#ifndef COUNTERSIGN_BASE_PEM_BLOCK_H_
#define COUNTERSIGN_BASE_PEM_BLOCK_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace countersign::base {

// One block of textual encoding (RFC 7468):
//
//   -----BEGIN LABEL-----
//   base64, in lines
//   -----END LABEL-----
struct PemBlock {
  std::string label;
  std::string bytes;
};

// What its first and last line begin and end with.
inline constexpr std::string_view kPemBegin = "-----BEGIN ";
inline constexpr std::string_view kPemEnd = "-----END ";
inline constexpr std::string_view kPemDashes = "-----";

// Reads a text with exactly one block in it. Text in the lines before and after the block, such as
// a comment, is ignored, and so is white space in its base64. Header lines as RFC 1421 has them are
// refused. InvalidArgument, in words for a person, if there is no block, more than one, an
// unfinished one, text around it in its own lines, an empty one, or something that is not base64 in
// it. The text is never quoted: it may be a private key.
absl::StatusOr<PemBlock> ParsePemBlock(std::string_view text);

// The first block of a text that may have several: from "-----BEGIN ", wherever in a line that is, to
// the dashes that end the next "-----END ", whatever the labels. What is before it is passed over, be
// it another "-----END ". nullopt if none begins, or the first is not finished. Refers to `text`.
std::optional<std::string_view> FirstPemBlock(std::string_view text);

// Whether the first line of a block with this label is somewhere in the text.
bool BeginsPemBlock(std::string_view text, std::string_view label);

// The block as text, in lines of 64 characters.
std::string WritePemBlock(std::string_view label, std::string_view bytes);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_PEM_BLOCK_H_
