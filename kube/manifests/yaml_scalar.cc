#include "kube/manifests/yaml_scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "base/utf8.h"

namespace countersign::kube {
namespace {

using base::Json;

// Whether `text` is one of the words, which are in lower case, written word, Word or WORD.
bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  const auto is_word = [text](std::string_view word) { return absl::EqualsIgnoreCase(text, word); };
  if (std::none_of(words.begin(), words.end(), is_word)) return false;
  const auto is_upper = [](char c) { return absl::ascii_isupper(static_cast<unsigned char>(c)); };
  const auto is_lower = [](char c) { return absl::ascii_islower(static_cast<unsigned char>(c)); };
  return std::none_of(text.begin() + 1, text.end(), is_upper) ||
         std::none_of(text.begin(), text.end(), is_lower);
}

bool Consume(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// Whether the sign is a minus.
bool ConsumeSign(std::string_view& text) {
  if (Consume(text, '-')) return true;
  Consume(text, '+');
  return false;
}

size_t ConsumeDigits(std::string_view& text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(digits);
  return digits;
}

// Digits in the base that their prefix tells.
std::optional<uint64_t> ReadMagnitude(std::string_view digits) {
  int base = 10;
  if (absl::StartsWithIgnoreCase(digits, "0x")) {
    base = 16;
  } else if (absl::StartsWithIgnoreCase(digits, "0o")) {
    base = 8;
  } else if (absl::StartsWithIgnoreCase(digits, "0b")) {
    base = 2;
  }
  if (base != 10) {
    digits.remove_prefix(2);
  } else if (digits.starts_with('0')) {
    base = 8;
  }
  uint64_t magnitude = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, magnitude, base);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return magnitude;
}

std::optional<Json> ReadInteger(std::string_view text) {
  const bool negative = ConsumeSign(text);
  const std::optional<uint64_t> magnitude = ReadMagnitude(text);
  if (!magnitude) return std::nullopt;
  if (!negative) return Json(*magnitude);
  constexpr uint64_t kLargest = uint64_t{1} << 63;
  if (*magnitude > kLargest) return std::nullopt;
  // Two's complement, without overflow on the way.
  return Json(static_cast<int64_t>(~*magnitude + 1));
}

bool LooksLikeFloat(std::string_view text) {
  ConsumeSign(text);
  size_t digits = ConsumeDigits(text);
  if (Consume(text, '.')) digits += ConsumeDigits(text);
  if (digits == 0) return false;
  if (Consume(text, 'e') || Consume(text, 'E')) {
    ConsumeSign(text);
    if (ConsumeDigits(text) == 0) return false;
  }
  return text.empty();
}

std::optional<Json> ReadNumber(std::string_view text) {
  if (text.find_first_of("0123456789+-.") != 0) return std::nullopt;
  const std::string digits = absl::StrReplaceAll(text, {{"_", ""}});
  if (std::optional<Json> integer = ReadInteger(digits)) return integer;
  double number = 0;
  if (!LooksLikeFloat(digits) || !absl::SimpleAtod(digits, &number) || !std::isfinite(number)) {
    return std::nullopt;
  }
  return Json(number);
}

}  // namespace

absl::StatusOr<Json> ReadPlainScalar(std::string_view text) {
  if (text.empty() || text == "~" || IsOneOf(text, {"null"})) return Json();
  if (IsOneOf(text, {"true", "yes", "on", "y"})) return Json(true);
  if (IsOneOf(text, {"false", "no", "off", "n"})) return Json(false);
  std::string_view unsigned_text = text;
  ConsumeSign(unsigned_text);
  if (absl::EqualsIgnoreCase(unsigned_text, ".inf") || absl::EqualsIgnoreCase(text, ".nan")) {
    return absl::InvalidArgumentError("infinity and \"not a number\" cannot be written in JSON");
  }
  if (std::optional<Json> number = ReadNumber(text)) return *std::move(number);
  return Json(text);
}

absl::StatusOr<Json> ReadQuotedScalar(std::string_view text) {
  if (base::IsUtf8(text)) return Json(text);
  // No character begins with one of the two bytes, and the characters of the file are complete, so
  // that there is no doubt about what is one of them and what is the inside of a character.
  std::string mended;
  size_t inside = 0;  // bytes left of the character that has begun
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (inside > 0) {
      --inside;
    } else if (byte == 0x85 || byte == 0xa0) {
      mended += '\xc2';
    } else if (byte >= 0xc0) {
      inside = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
    }
    mended += c;
  }
  if (!base::IsUtf8(mended)) return absl::InvalidArgumentError("text that is not UTF-8");
  return Json(std::move(mended));
}

}  // namespace countersign::kube
