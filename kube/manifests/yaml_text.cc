#include "kube/manifests/yaml_text.h"

#include <algorithm>
#include <cstddef>

#include "base/utf8.h"

namespace countersign::kube {

std::optional<TextFault> FindTextFault(std::string_view text) {
  const auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  };
  int number = 1;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r') && end < text.size()) line.remove_suffix(1);
    if (!base::IsUtf8(line)) {
      return TextFault{number, "text that is not UTF-8: save the file in that encoding"};
    }
    if (std::any_of(line.begin(), line.end(), is_control)) {
      return TextFault{number, "a control character"};
    }
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
  }
  return std::nullopt;
}

bool IsIndentedByTab(std::string_view text, int line) {
  for (int number = 1; number < line; ++number) {
    const size_t end = text.find('\n');
    if (end == text.npos) return false;
    text.remove_prefix(end + 1);
  }
  const size_t first = text.find_first_not_of(' ');
  return first != text.npos && text[first] == '\t';
}

}  // namespace countersign::kube
