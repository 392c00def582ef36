#include "base/glob.h"

#include <cstddef>

namespace countersign::base {
namespace {

template <typename MatchesByte>
bool Matches(std::string_view glob, std::string_view text, MatchesByte matches_byte) {
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
    } else if (g < glob.size() && matches_byte(glob[g], text[t])) {
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

}  // namespace

bool GlobMatches(std::string_view glob, std::string_view text) {
  return Matches(glob, text, [](char wanted, char byte) { return wanted == byte; });
}

bool WildcardsMatch(std::string_view pattern, std::string_view text) {
  return Matches(pattern, text,
                 [](char wanted, char byte) { return wanted == '?' || wanted == byte; });
}

}  // namespace countersign::base
