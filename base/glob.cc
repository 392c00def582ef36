#include "base/glob.h"

#include <cstddef>

namespace countersign::base {

bool GlobMatches(std::string_view glob, std::string_view text) {
  size_t g = 0;
  size_t t = 0;
  // Where to go on when bytes differ: after the last star, with that star taking one byte more.
  // Earlier stars need not be tried again, for what they could give up the last star can take as
  // well.
  size_t after_star = std::string_view::npos;
  size_t taken_to = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      after_star = ++g;
      taken_to = t;
    } else if (g < glob.size() && glob[g] == text[t]) {
      ++g;
      ++t;
    } else if (after_star != std::string_view::npos) {
      g = after_star;
      t = ++taken_to;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

}  // namespace countersign::base
