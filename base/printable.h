#ifndef COUNTERSIGN_BASE_PRINTABLE_H_
#define COUNTERSIGN_BASE_PRINTABLE_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace countersign::base {

// Foreign text as it may stand in a sentence, a log line or on a terminal, where it can forge
// nothing: printable ASCII stays, and every other byte becomes `\xNN`. So what is printable
// already, such as the message of a status that quotes others, stays as it is. A result of more
// than `max_bytes` is cut there, never within an escape, and `...` follows.
std::string Printable(std::string_view text, size_t max_bytes = 512);

// The same in double quotes, with those inside it and backslashes escaped by a backslash: to name
// what others have named.
std::string Quoted(std::string_view text, size_t max_bytes = 128);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_PRINTABLE_H_
