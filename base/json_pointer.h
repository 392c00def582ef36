#ifndef COUNTERSIGN_BASE_JSON_POINTER_H_
#define COUNTERSIGN_BASE_JSON_POINTER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::base {

// JSON pointers (RFC 6901): "" is a whole document, "/spec/a~1b/0" the first element of the member
// "a/b" of the member "spec". A token is the name of a member, or the index of an element.

// Appends a token to a pointer, escaped: ("/a", "b/c") gives "/a/b~1c".
std::string JsonPointer(std::string_view pointer, std::string_view token);
std::string JsonPointer(std::string_view pointer, size_t index);

// The tokens of a pointer, as they were before they were escaped. The pointer is well-formed: "", or
// it begins with '/'.
std::vector<std::string> TokensOf(std::string_view pointer);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_JSON_POINTER_H_
