#ifndef COUNTERSIGN_KUBE_PLAIN_TEXT_H_
#define COUNTERSIGN_KUBE_PLAIN_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace countersign::kube {

// `text` as one line that a terminal and an HTTP header take in any language: a byte that is not
// part of well-formed UTF-8 becomes U+FFFD, and a control code (base/utf8.h) a space. If there are
// more than `max_characters` (at least 1) code points, the rest is cut off and the last one is "…".
std::string PlainLine(std::string_view text, size_t max_characters);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_PLAIN_TEXT_H_
