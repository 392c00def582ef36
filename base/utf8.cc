#include "base/utf8.h"

namespace countersign::base {

// RFC 3629 section 4, row by row.
size_t Utf8CharacterBytes(std::string_view text) {
  const auto byte = [text](size_t i) -> uint8_t {
    return i < text.size() ? static_cast<uint8_t>(text[i]) : 0;
  };
  const auto in = [](uint8_t b, uint8_t low, uint8_t high) { return b >= low && b <= high; };
  const auto tail = [&](size_t i) { return in(byte(i), 0x80, 0xbf); };

  const uint8_t first = byte(0);
  if (first < 0x80) return text.empty() ? 0 : 1;
  if (in(first, 0xc2, 0xdf)) return tail(1) ? 2 : 0;
  if (in(first, 0xe0, 0xef)) {
    const uint8_t low = first == 0xe0 ? 0xa0 : 0x80;   // not overlong
    const uint8_t high = first == 0xed ? 0x9f : 0xbf;  // no surrogate
    return in(byte(1), low, high) && tail(2) ? 3 : 0;
  }
  if (in(first, 0xf0, 0xf4)) {
    const uint8_t low = first == 0xf0 ? 0x90 : 0x80;   // not overlong
    const uint8_t high = first == 0xf4 ? 0x8f : 0xbf;  // at most U+10FFFF
    return in(byte(1), low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

uint32_t CodePointOf(std::string_view character) {
  const auto first = static_cast<uint8_t>(character[0]);
  if (character.size() == 1) return first;
  uint32_t code = first & (0x7f >> character.size());
  for (const char c : character.substr(1)) code = code << 6 | (static_cast<uint8_t>(c) & 0x3f);
  return code;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t bytes = Utf8CharacterBytes(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

bool IsControlCode(uint32_t code_point) {
  const auto in = [code_point](uint32_t low, uint32_t high) {
    return code_point >= low && code_point <= high;
  };
  return in(0, 0x1f) || in(0x7f, 0x9f) || code_point == 0x061c || in(0x200e, 0x200f) ||
         in(0x2028, 0x202e) || in(0x2066, 0x2069);
}

}  // namespace countersign::base
