#ifndef COUNTERSIGN_BASE_GLOB_H_
#define COUNTERSIGN_BASE_GLOB_H_

#include <string_view>

namespace countersign::base {

// Whether `glob` matches the whole of `text`: `*` stands for any number of any bytes, every other
// byte for itself. Takes at most glob.size() times text.size() steps, and no memory.
bool GlobMatches(std::string_view glob, std::string_view text);

// The same where `?` stands for any one byte, too.
bool WildcardsMatch(std::string_view pattern, std::string_view text);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_GLOB_H_
