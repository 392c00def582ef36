#ifndef COUNTERSIGN_BASE_UTF8_H_
#define COUNTERSIGN_BASE_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace countersign::base {

// UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing over U+10FFFF. Pure.

// How many bytes the character at the front of `text` has; 0 if what is there is not well-formed.
size_t Utf8CharacterBytes(std::string_view text);

// The code point of one well-formed character.
uint32_t CodePointOf(std::string_view character);

// Whether all of `text` is well-formed.
bool IsUtf8(std::string_view text);

// Whether a terminal may obey the code point instead of showing it, or a line shows by it in another
// order than it has: Unicode's category Cc (line breaks among them), line and paragraph separators,
// and the marks of direction (UAX #9, section 2).
bool IsControlCode(uint32_t code_point);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_UTF8_H_
