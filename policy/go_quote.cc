#include "policy/go_quote.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "base/utf8.h"

namespace countersign::policy {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

// What is assigned beyond ASCII and not printable to Go: of Unicode's categories Cc, Cf, Zs, Zl, Zp and
// Co, and what is no character.
constexpr Range kNotPrintable[] = {
    {0x80, 0xa0},       {0xad, 0xad},       {0x600, 0x605},     {0x61c, 0x61c},
    {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},     {0x8e2, 0x8e2},
    {0x1680, 0x1680},   {0x180e, 0x180e},   {0x2000, 0x200f},   {0x2028, 0x202f},
    {0x205f, 0x206f},   {0x3000, 0x3000},   {0xe000, 0xf8ff},   {0xfdd0, 0xfdef},
    {0xfeff, 0xfeff},   {0xfff0, 0xfffb},   {0xfffe, 0xffff},   {0x110bd, 0x110bd},
    {0x110cd, 0x110cd}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe00ff},
    {0xe01f0, 0x10ffff}};

bool IsPrintable(uint32_t code) {
  if (code < 0x80) return code >= 0x20 && code != 0x7f;
  for (const Range& range : kNotPrintable) {
    if (range.first <= code && code <= range.last) return false;
  }
  return true;
}

// Those that have a letter of their own; 0 for others.
char LetterOf(char c) {
  constexpr std::string_view kControls = "\a\b\f\n\r\t\v";
  constexpr std::string_view kLetters = "abfnrtv";
  const size_t at = kControls.find(c);
  return at == std::string_view::npos ? '\0' : kLetters[at];
}

void AppendByte(uint8_t byte, std::string& quoted) {
  absl::StrAppend(&quoted, "\\x", absl::Hex(byte, absl::kZeroPad2));
}

void AppendCharacter(std::string_view character, std::string& quoted) {
  const uint32_t code = base::CodePointOf(character);
  if (character == "\"" || character == "\\") {
    absl::StrAppend(&quoted, "\\", character);
  } else if (IsPrintable(code)) {
    quoted += character;
  } else if (const char letter = LetterOf(character[0]); letter != '\0') {
    quoted += '\\';
    quoted += letter;
  } else if (code < 0x80) {
    AppendByte(static_cast<uint8_t>(code), quoted);
  } else if (code < 0x10000) {
    absl::StrAppend(&quoted, "\\u", absl::Hex(code, absl::kZeroPad4));
  } else {
    absl::StrAppend(&quoted, "\\U", absl::Hex(code, absl::kZeroPad8));
  }
}

}  // namespace

std::string GoQuoted(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const size_t bytes = base::Utf8CharacterBytes(text);
    if (bytes == 0) {
      AppendByte(static_cast<uint8_t>(text[0]), quoted);
    } else {
      AppendCharacter(text.substr(0, bytes), quoted);
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return quoted + "\"";
}

}  // namespace countersign::policy
