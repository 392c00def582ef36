#include "base/printable.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace countersign::base {
namespace {

std::string Escaped(char c) {
  if (c == '\\') return "\\\\";
  if (absl::ascii_isprint(static_cast<unsigned char>(c))) return std::string(1, c);
  return absl::StrCat("\\x", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
}

}  // namespace

std::string Printable(std::string_view text, size_t max_bytes) {
  std::string result;
  for (const char c : text) {
    const std::string escaped = Escaped(c);
    if (escaped.size() > max_bytes - result.size()) return result + "...";
    result += escaped;
  }
  return result;
}

std::string Quoted(std::string_view text, size_t max_bytes) {
  return absl::StrCat("\"", absl::StrReplaceAll(Printable(text, max_bytes), {{"\"", "\\\""}}),
                      "\"");
}

}  // namespace countersign::base
