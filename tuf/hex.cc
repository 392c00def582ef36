#include "tuf/hex.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace countersign::tuf {

std::optional<std::string> DecodeHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  // Abseil's reader does not look at what it is given.
  const auto is_digit = [](char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); };
  if (!std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  return absl::HexStringToBytes(text);
}

}  // namespace countersign::tuf
