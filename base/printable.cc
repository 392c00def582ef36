#include "base/printable.h"

#include <algorithm>

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
  const auto is_changed = [escaped](char c) {
    return !absl::ascii_isprint(c) || absl::StrContains(escaped, c);
  };
  // Most texts have nothing of that.
  const size_t unchanged = std::find_if(text.begin(), text.end(), is_changed) - text.begin();
  std::string result(text.substr(0, std::min(unchanged, max_bytes)));
  for (const char c : text.substr(result.size())) {
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
