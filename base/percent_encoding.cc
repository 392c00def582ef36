#include "base/percent_encoding.h"

#include "absl/strings/ascii.h"

namespace countersign::base {

std::string PercentEncode(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const unsigned char c : text) {
    if (absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += static_cast<char>(c);
    } else {
      encoded += {'%', kHex[c >> 4], kHex[c & 15]};
    }
  }
  return encoded;
}

bool IsPathSegment(std::string_view text) { return !text.empty() && text != "." && text != ".."; }

}  // namespace countersign::base
