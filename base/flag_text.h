#ifndef COUNTERSIGN_BASE_FLAG_TEXT_H_
#define COUNTERSIGN_BASE_FLAG_TEXT_H_

#include <string>

namespace countersign::base {

// A check for CLI11 (CLI::Option::check): what is wrong with the text of a flag that is given, which
// may not be empty; "" if nothing is. An empty one is that of a variable of a script that is not set:
// what is asked for must not become less by it.
inline std::string CheckNotEmpty(const std::string& text) {
  return text.empty() ? "must not be empty" : "";
}

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_FLAG_TEXT_H_
