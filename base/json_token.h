#ifndef COUNTERSIGN_BASE_JSON_TOKEN_H_
#define COUNTERSIGN_BASE_JSON_TOKEN_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace countersign::base {

// Where the pieces of a JSON text (RFC 8259) end, without making anything of them. Strict: UTF-8
// alone, no lone surrogates, no control characters in strings, no numbers but JSON's. Pure; takes
// no memory and a step a byte.

// The offset of what follows white space.
size_t SkipJsonSpace(std::string_view text, size_t at);

// The offset behind the string whose opening quote is at `at`; nullopt: it is none, or has no end.
std::optional<size_t> SkipJsonString(std::string_view text, size_t at);

// The offset behind a number, true, false or null.
std::optional<size_t> SkipJsonNumber(std::string_view text, size_t at);
std::optional<size_t> SkipJsonWord(std::string_view text, size_t at);

// What a string means that SkipJsonString has found good, given without its quotes.
std::string UnescapeJson(std::string_view inside);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_JSON_TOKEN_H_
