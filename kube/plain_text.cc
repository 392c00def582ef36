#include "kube/plain_text.h"

#include <cstdint>

namespace countersign::kube {
namespace {

constexpr std::string_view kReplacement = "\uFFFD";
constexpr std::string_view kEllipsis = "…";

// How many bytes the character at the front of `text` has: RFC 3629 section 4, row by row. 0 if
// what is there is not well-formed.
size_t CharacterBytes(std::string_view text) {
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

uint32_t CodePoint(std::string_view character) {
  const auto first = static_cast<uint8_t>(character[0]);
  if (character.size() == 1) return first;
  uint32_t code = first & (0x7f >> character.size());
  for (const char c : character.substr(1)) code = code << 6 | (static_cast<uint8_t>(c) & 0x3f);
  return code;
}

// What a terminal may obey instead of showing it, or by which a line shows in another order than it
// has: category Cc, line and paragraph separators, and the marks of direction (UAX #9 section 2).
bool IsControl(std::string_view character) {
  const uint32_t code = CodePoint(character);
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x061c || code == 0x200e ||
         code == 0x200f || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t bytes = CharacterBytes(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

std::string PlainLine(std::string_view text, size_t max_characters) {
  std::string line;
  size_t before_last = 0;  // where in `line` the last character starts
  for (size_t characters = 0; !text.empty(); ++characters) {
    if (characters == max_characters)
      return line.replace(before_last, std::string::npos, kEllipsis);
    before_last = line.size();
    const size_t bytes = CharacterBytes(text);
    if (bytes == 0) {
      line += kReplacement;
    } else if (IsControl(text.substr(0, bytes))) {
      line += ' ';
    } else {
      line += text.substr(0, bytes);
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return line;
}

}  // namespace countersign::kube
