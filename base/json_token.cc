#include "base/json_token.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/utf8.h"

namespace countersign::base {
namespace {

using uchar = unsigned char;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The value of four hexadecimal digits; nullopt if they are none.
std::optional<uint32_t> ReadHex4(std::string_view text, size_t at) {
  if (text.size() < 4 || at > text.size() - 4) return std::nullopt;
  uint32_t value = 0;
  for (const char c : text.substr(at, 4)) {
    uint32_t digit = 16;
    if (IsDigit(c)) digit = static_cast<uint32_t>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<uint32_t>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') digit = static_cast<uint32_t>(c - 'A') + 10;
    if (digit == 16) return std::nullopt;
    value = value * 16 + digit;
  }
  return value;
}

bool IsHighSurrogate(uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool IsLowSurrogate(uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

// The offset behind an escape whose backslash is at `at`.
std::optional<size_t> SkipEscape(std::string_view text, size_t at) {
  if (at + 1 >= text.size()) return std::nullopt;
  const char kind = text[at + 1];
  if (kind != 'u') {
    return std::string_view("\"\\/bfnrt").find(kind) == std::string_view::npos
               ? std::nullopt
               : std::optional<size_t>(at + 2);
  }
  const std::optional<uint32_t> unit = ReadHex4(text, at + 2);
  if (!unit.has_value() || IsLowSurrogate(*unit)) return std::nullopt;
  if (!IsHighSurrogate(*unit)) return at + 6;
  if (text.substr(at + 6, 2) != "\\u") return std::nullopt;
  const std::optional<uint32_t> second = ReadHex4(text, at + 8);
  if (!second.has_value() || !IsLowSurrogate(*second)) return std::nullopt;
  return at + 12;
}

// The offset behind a character of several bytes.
std::optional<size_t> SkipUtf8(std::string_view text, size_t at) {
  const size_t bytes = Utf8CharacterBytes(text.substr(at));
  return bytes > 1 ? std::optional<size_t>(at + bytes) : std::nullopt;
}

// Bytes of a string that stand for themselves.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain = {};
  for (size_t byte = 0x20; byte < 0x80; ++byte) plain[byte] = byte != '"' && byte != '\\';
  return plain;
}();

size_t SkipDigits(std::string_view text, size_t at) {
  while (at < text.size() && IsDigit(text[at])) ++at;
  return at;
}

void AppendUtf8(uint32_t code, std::string& text) {
  const auto add = [&text](uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    add(0xE0 | code >> 12);
    add(0x80 | (code >> 6 & 0x3F));
  } else {
    add(0xF0 | code >> 18);
    add(0x80 | (code >> 12 & 0x3F));
    add(0x80 | (code >> 6 & 0x3F));
  }
  add(0x80 | (code & 0x3F));
}

}  // namespace

size_t SkipJsonSpace(std::string_view text, size_t at) {
  while (at < text.size() &&
         (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
    ++at;
  }
  return at;
}

std::optional<size_t> SkipJsonString(std::string_view text, size_t at) {
  if (at >= text.size() || text[at] != '"') return std::nullopt;
  ++at;
  while (true) {
    while (at < text.size() && kPlain[uchar(text[at])]) ++at;
    if (at >= text.size()) return std::nullopt;
    if (text[at] == '"') return at + 1;
    const std::optional<size_t> next = text[at] == '\\' ? SkipEscape(text, at) : SkipUtf8(text, at);
    if (!next.has_value()) return std::nullopt;
    at = *next;
  }
}

std::optional<size_t> SkipJsonNumber(std::string_view text, size_t at) {
  if (at < text.size() && text[at] == '-') ++at;
  const size_t integer = at;
  at = SkipDigits(text, at);
  if (at == integer || (text[integer] == '0' && at > integer + 1)) return std::nullopt;
  if (at < text.size() && text[at] == '.') {
    const size_t fraction = at + 1;
    at = SkipDigits(text, fraction);
    if (at == fraction) return std::nullopt;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const size_t exponent = at;
    at = SkipDigits(text, exponent);
    if (at == exponent) return std::nullopt;
  }
  return at;
}

std::optional<size_t> SkipJsonWord(std::string_view text, size_t at) {
  for (const std::string_view word : {"null", "true", "false"}) {
    if (text.substr(std::min(at, text.size())).starts_with(word)) return at + word.size();
  }
  return std::nullopt;
}

std::string UnescapeJson(std::string_view inside) {
  std::string text;
  text.reserve(inside.size());
  for (size_t at = 0; at < inside.size();) {
    const size_t escape = std::min(inside.find('\\', at), inside.size());
    text.append(inside.substr(at, escape - at));
    at = escape;
    if (at == inside.size()) break;
    const char kind = inside[at + 1];
    at += 2;
    if (kind != 'u') {
      constexpr std::string_view kKinds = "bfnrt";
      constexpr std::string_view kMeanings = "\b\f\n\r\t";
      const size_t known = kKinds.find(kind);
      text.push_back(known == std::string_view::npos ? kind : kMeanings[known]);
      continue;
    }
    uint32_t code = ReadHex4(inside, at).value_or(0);
    at += 4;
    if (IsHighSurrogate(code)) {
      code = 0x10000 + ((code - 0xD800) << 10) + (ReadHex4(inside, at + 2).value_or(0) - 0xDC00);
      at += 6;
    }
    AppendUtf8(code, text);
  }
  return text;
}

}  // namespace countersign::base
