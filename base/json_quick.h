#ifndef COUNTERSIGN_BASE_JSON_QUICK_H_
#define COUNTERSIGN_BASE_JSON_QUICK_H_

#include <cstddef>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "base/json_extract.h"
#include "base/json_parts.h"

namespace countersign::base {

// Longer texts are read by ExtractJson, which needs no memory for what is not kept.
inline constexpr size_t kMaxQuickJsonBytes = 64 << 10;
// What is held while a shorter one is read, for each of its bytes, beside what is kept: simdjson's
// tape (8), strings (5/3) and index of structural characters (4), the copy with padding behind it
// that it reads, and the names of an object (16 for each, of at least 5 bytes of text). For the levels
// that may be open it is some KiB more.
inline constexpr size_t kQuickBytesPerByte = 18;
// Texts of up to so many bytes, as those of most Pods are, are parsed in memory that is kept for the next, and is held
// whatever is parsed: by so many parsers of the process, of so many bytes each. Where all of these are at work, another
// text takes what it would if it were longer.
inline constexpr size_t kKeptQuickJsonBytes = 16 << 10;
inline constexpr size_t kKeptQuickParserBytes = 15 * kKeptQuickJsonBytes;
inline constexpr size_t kMaxKeptQuickParsers = 4;

// What ExtractJson gives of the text, value or error, several times faster (simdjson): what simdjson
// takes is held to the rest of what ExtractJson promises, and whatever it does not take, or has a name
// twice, is left to ExtractJson, which may take it all the same (an integer beyond 64 bits) or says
// what is wrong. `memory_bytes` may be less, by what escapes have more than what they mean.
absl::StatusOr<ExtractedJson> ExtractJsonQuickly(std::string_view text, const JsonParts& parts,
                                                 const JsonLimits& limits);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_JSON_QUICK_H_
