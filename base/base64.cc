#include "base/base64.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace countersign::base {
namespace {

using Digits = std::array<int8_t, 256>;
constexpr int8_t kNoDigit = -1;

constexpr Digits DigitsOf(std::string_view alphabet) {
  Digits digits{};
  digits.fill(kNoDigit);
  for (size_t i = 0; i < alphabet.size(); ++i) {
    digits[static_cast<uint8_t>(alphabet[i])] = static_cast<int8_t>(i);
  }
  return digits;
}

constexpr Digits kStandard =
    DigitsOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
constexpr Digits kForUrls =
    DigitsOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

int8_t DigitOf(char c, const Digits& alphabet) { return alphabet[static_cast<uint8_t>(c)]; }

absl::Status NotBase64(std::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("not base64: ", why));
}

// How many bytes a good text means.
size_t CountBytes(std::string_view text, const Digits& alphabet) {
  const auto digits = std::count_if(
      text.begin(), text.end(), [&alphabet](char c) { return DigitOf(c, alphabet) != kNoDigit; });
  return static_cast<size_t>(digits) * 3 / 4;
}

// Without `is_padded` there is no padding.
absl::StatusOr<std::string> Decode(std::string_view text, const Digits& alphabet,
                                   LineBreaks line_breaks, bool is_padded) {
  std::string bytes;
  // Texts can be long, and what is made of them may be kept: a longer one that is cut afterwards
  // would be in memory twice.
  bytes.reserve(CountBytes(text, alphabet));
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
    const int8_t digit = DigitOf(c, alphabet);
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
  if (is_padded && padding != wanted_padding) {
    return NotBase64(
        absl::StrCat("it ends with ", padding, " '=' where ", wanted_padding, " belong"));
  }
  bytes.shrink_to_fit();  // short ones
  return bytes;
}

}  // namespace

absl::StatusOr<std::string> DecodeBase64(std::string_view text, LineBreaks line_breaks) {
  return Decode(text, kStandard, line_breaks, true);
}

absl::StatusOr<std::string> DecodeProtoBase64(std::string_view text) {
  const bool is_for_urls = text.find_first_of("-_") != std::string_view::npos;
  if (is_for_urls && text.find_first_of("+/") != std::string_view::npos) {
    return NotBase64("it mixes two alphabets");
  }
  const Digits& alphabet = is_for_urls ? kForUrls : kStandard;
  const size_t digits = std::min(text.find('='), text.size());
  CS_ASSIGN_OR_RETURN(std::string bytes,
                      Decode(text, alphabet, LineBreaks::kRefused, digits < text.size()));
  const size_t unused_bits = (4 - digits % 4) % 4 * 2;
  if (unused_bits > 0 && (DigitOf(text[digits - 1], alphabet) & ((1 << unused_bits) - 1)) != 0) {
    return NotBase64("the unused bits of its last digit are not zero");
  }
  return bytes;
}

}  // namespace countersign::base
