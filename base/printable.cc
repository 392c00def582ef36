#include "base/printable.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace countersign::base {
namespace {

std::string Hex(char c) {
  return absl::StrCat("\\x", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
}

// `text`, with a backslash before each of `escaped`.
std::string Escape(std::string_view text, std::string_view escaped, size_t max_bytes) {
  std::string result;
  for (const char c : text) {
    std::string next = absl::ascii_isprint(c) ? std::string(1, c) : Hex(c);
    if (absl::StrContains(escaped, c)) next.insert(0, 1, '\\');
    if (next.size() > max_bytes - result.size()) return result + "...";
    result += next;
  }
  return result;
}

}  // namespace

std::string Printable(std::string_view text, size_t max_bytes) {
  return Escape(text, "", max_bytes);
}

std::string Quoted(std::string_view text, size_t max_bytes) {
  return absl::StrCat("\"", Escape(text, "\"\\", max_bytes), "\"");
}

}  // namespace countersign::base
