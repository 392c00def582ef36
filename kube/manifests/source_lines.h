#ifndef COUNTERSIGN_KUBE_MANIFESTS_SOURCE_LINES_H_
#define COUNTERSIGN_KUBE_MANIFESTS_SOURCE_LINES_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace countersign::kube {

// On which line of a text each value of a JSON or YAML document starts (a member of an object: its
// name), in the shape of the document.
struct SourceLines {
  int line = 0;  // the first is 1
  // Of an object, the names of its members; empty for an array.
  std::vector<std::string> names = {};
  // Of an object or array, in the order of the text.
  std::vector<SourceLines> children = {};

  friend bool operator==(const SourceLines&, const SourceLines&) = default;
};

// A JSON or YAML document, and where in its text everything is.
struct Document {
  base::Json json;
  SourceLines lines;
};

// The lines of what the JSON pointer (RFC 6901) leads to, or of the innermost thing on the way that
// exists.
const SourceLines& FindLines(const SourceLines& lines, std::string_view pointer);

// The lines of a JSON text. The text must be one that base::ParseJson takes; for any other the
// result means nothing.
SourceLines ReadJsonLines(std::string_view json);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_MANIFESTS_SOURCE_LINES_H_
