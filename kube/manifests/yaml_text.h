#ifndef COUNTERSIGN_KUBE_MANIFESTS_YAML_TEXT_H_
#define COUNTERSIGN_KUBE_MANIFESTS_YAML_TEXT_H_

#include <optional>
#include <string_view>

namespace countersign::kube {

// What the parser does not see in a text, or does not say.

struct TextFault {
  int line;  // the first is 1
  std::string_view reason;
};

// The first line that is not UTF-8 or has a control character. yaml-cpp passes over bytes that are not
// UTF-8, takes U+0004 for the end of the text, and a carriage return that is no part of a line break for a
// letter.
std::optional<TextFault> FindTextFault(std::string_view text);

// Whether there is a tab in the indentation of a line, at which the parser ended: of a tab it says only
// what it does not find there. That of the line before may be content of a block scalar.
bool IsIndentedByTab(std::string_view text, int line);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_MANIFESTS_YAML_TEXT_H_
