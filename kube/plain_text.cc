#include "kube/plain_text.h"

#include "base/utf8.h"

namespace countersign::kube {
namespace {

constexpr std::string_view kReplacement = "\uFFFD";
constexpr std::string_view kEllipsis = "…";

}  // namespace

std::string PlainLine(std::string_view text, size_t max_characters) {
  std::string line;
  size_t before_last = 0;  // where in `line` the last character starts
  for (size_t characters = 0; !text.empty(); ++characters) {
    if (characters == max_characters)
      return line.replace(before_last, std::string::npos, kEllipsis);
    before_last = line.size();
    const size_t bytes = base::Utf8CharacterBytes(text);
    if (bytes == 0) {
      line += kReplacement;
    } else if (base::IsControlCode(base::CodePointOf(text.substr(0, bytes)))) {
      line += ' ';
    } else {
      line += text.substr(0, bytes);
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return line;
}

}  // namespace countersign::kube
