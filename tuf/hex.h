#ifndef COUNTERSIGN_TUF_HEX_H_
#define COUNTERSIGN_TUF_HEX_H_

#include <optional>
#include <string>
#include <string_view>

namespace countersign::tuf {

// The bytes that `text` is in hexadecimal digits, of either case, two a byte and nothing between
// them; nullopt if it is not. Pure.
std::optional<std::string> DecodeHex(std::string_view text);

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_HEX_H_
