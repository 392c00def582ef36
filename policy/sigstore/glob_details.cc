#include "policy/sigstore/glob_details.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/utf8.h"

namespace countersign::policy {
namespace {

// Takes one character of a range in brackets off the front, escaped or not; false: there is none, or
// nothing follows it.
bool TakeRangeEnd(std::string_view& rest) {
  if (rest.empty() || rest.front() == '-' || rest.front() == ']') return false;
  if (rest.front() == '\\') rest.remove_prefix(1);
  const size_t bytes = rest.empty() ? 0 : base::Utf8CharacterBytes(rest);
  if (bytes == 0) return false;
  rest.remove_prefix(bytes);
  return !rest.empty();
}

// Takes what is in brackets off the front, after the first one.
bool TakeRanges(std::string_view& rest) {
  if (rest.starts_with('^')) rest.remove_prefix(1);
  for (bool is_first = true;; is_first = false) {
    if (!is_first && rest.starts_with(']')) break;
    if (!TakeRangeEnd(rest)) return false;
    if (!rest.starts_with('-')) continue;
    rest.remove_prefix(1);
    if (!TakeRangeEnd(rest)) return false;
  }
  rest.remove_prefix(1);
  return true;
}

bool IsFilePathPattern(std::string_view rest) {
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == '[') {
      if (!TakeRanges(rest)) return false;
    } else if (c == '\\') {
      if (rest.empty()) return false;
      rest.remove_prefix(1);
    }
  }
  return true;
}

bool HasGlobCharacters(std::string_view glob) {
  for (char c : glob) {
    constexpr std::string_view kMarks = "-_:/*.@";
    if (!absl::ascii_isalnum(c) && kMarks.find(c) == std::string_view::npos) return false;
  }
  return !glob.empty();
}

}  // namespace

std::string GlobDetails(std::string_view glob) {
  if (!IsFilePathPattern(glob)) return "glob is invalid: syntax error in pattern";
  if (!HasGlobCharacters(glob)) {
    return absl::StrCat("glob is invalid: invalid glob ", base::Quoted(glob));
  }
  return "";
}

}  // namespace countersign::policy
