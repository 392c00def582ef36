#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "base/glob.h"

namespace countersign::base {
namespace {

// The textbook table: matches[t] says whether the glob so far matches the first t bytes of the
// text.
bool TableMatches(std::string_view glob, std::string_view text) {
  std::vector<bool> matches(text.size() + 1, false);
  matches[0] = true;
  for (const char c : glob) {
    std::vector<bool> next(text.size() + 1, false);
    next[0] = c == '*' && matches[0];
    for (size_t t = 1; t <= text.size(); ++t) {
      next[t] = c == '*' ? matches[t] || next[t - 1] : matches[t - 1] && text[t - 1] == c;
    }
    matches = std::move(next);
  }
  return matches[text.size()];
}

}  // namespace

// Invariant: agrees with the table. The first byte says where the glob ends and the text begins.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1 || size > 2048) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string_view glob = bytes.substr(0, data[0]);
  const std::string_view text = bytes.substr(glob.size());
  if (GlobMatches(glob, text) != TableMatches(glob, text)) std::abort();
  return 0;
}

}  // namespace countersign::base
