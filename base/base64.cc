#include "base/base64.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/status_macros.h"

namespace countersign::base {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr int8_t kNoDigit = -1;

constexpr std::array<int8_t, 256> kDigits = [] {
  std::array<int8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<uint8_t>(kAlphabet[i])] = static_cast<int8_t>(i);
  }
  return digits;
}();

absl::Status NotBase64(std::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("not base64: ", why));
}

}  // namespace

absl::StatusOr<std::string> DecodeBase64(std::string_view text, LineBreaks line_breaks) {
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  uint32_t bits = 0;
  size_t digits = 0;
  size_t padding = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (line_breaks == LineBreaks::kIgnored && (c == '\r' || c == '\n')) continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    if (padding > 0) return NotBase64(absl::StrCat("byte ", i + 1, " stands after the padding"));
    const int8_t digit = kDigits[static_cast<uint8_t>(c)];
    if (digit == kNoDigit) {
      return NotBase64(absl::StrCat("byte ", i + 1, " is not of its alphabet"));
    }
    bits = bits << 6 | static_cast<uint32_t>(digit);
    // The second, third and fourth digit of four complete a byte each.
    const size_t place = digits++ % 4;
    if (place > 0) bytes.push_back(static_cast<char>(bits >> (6 - 2 * place)));
  }
  const size_t wanted_padding = (4 - digits % 4) % 4;
  if (wanted_padding == 3) return NotBase64("it is cut off within a byte");
  if (padding != wanted_padding) {
    return NotBase64(
        absl::StrCat("it ends with ", padding, " '=' where ", wanted_padding, " belong"));
  }
  // There may be any number of line breaks, and what is made of the text may be kept.
  bytes.shrink_to_fit();
  return bytes;
}

absl::StatusOr<std::string> DecodeProtoBase64(std::string_view text) {
  std::string standard(text);
  if (text.find_first_of("-_") != std::string_view::npos) {
    if (text.find_first_of("+/") != std::string_view::npos) {
      return NotBase64("it mixes two alphabets");
    }
    absl::StrReplaceAll({{"-", "+"}, {"_", "/"}}, &standard);
  }
  if (text.find('=') == std::string_view::npos) standard.append((4 - text.size() % 4) % 4, '=');
  CS_ASSIGN_OR_RETURN(std::string bytes, DecodeBase64(standard));
  const size_t digits = std::min(standard.find('='), standard.size());
  const size_t unused_bits = 2 * (standard.size() - digits);
  if (unused_bits > 0 &&
      (kDigits[static_cast<uint8_t>(standard[digits - 1])] & ((1 << unused_bits) - 1)) != 0) {
    return NotBase64("the unused bits of its last digit are not zero");
  }
  return bytes;
}

}  // namespace countersign::base
