#ifndef COUNTERSIGN_BASE_JSON_H_
#define COUNTERSIGN_BASE_JSON_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace countersign::base {

using Json = nlohmann::json;

struct JsonLimits {
  size_t max_bytes = 4 << 20;
  // Objects and arrays inside each other; the outermost is depth 1.
  int max_depth = 64;
  // Values of any kind, those inside others included. A value of two bytes can take a hundred bytes
  // of memory, so that max_bytes alone would not bound what a text costs.
  size_t max_values = 1 << 19;
};

// Parses one JSON text (RFC 8259) strictly: valid UTF-8 without a byte order mark, no duplicate
// member names at any depth, nothing but white space after the value, within `limits`. Integers
// beyond 64 bits become the nearest double.
//
// InvalidArgument says what is wrong and at which byte ("byte 17: …": the fault was seen when so
// many bytes had been read); it quotes nothing of the input, which may be a secret. Never recurses;
// never throws.
//
// `bytes_read`, if given, is set to that number of bytes, so that a caller can name the line
// instead.
absl::StatusOr<Json> ParseJson(std::string_view text, const JsonLimits& limits = {},
                               size_t* bytes_read = nullptr);

// Whether that is what ParseJson says of a text that has more bytes or values than allowed, and may
// otherwise be well.
bool IsTooLargeJson(const absl::Status& status);

// Reading foreign JSON without exceptions, for who can do without what is not as it should be;
// base/json_place.h says what is wrong, and where.

// The member `name` of `object`, or null if `object` is no object, has no such member, or it is
// JSON null.
const Json* FindMember(const Json& object, std::string_view name);

// The string member `name`, or "" if there is none, or something else is there.
std::string FindString(const Json& object, std::string_view name);

// The same of the object that is its member `outer`.
std::string FindStringIn(const Json& object, std::string_view outer, std::string_view name);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_JSON_H_
