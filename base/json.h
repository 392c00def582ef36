#ifndef COUNTERSIGN_BASE_JSON_H_
#define COUNTERSIGN_BASE_JSON_H_

#include <cstddef>
#include <cstdint>
#include <optional>
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

// Reading foreign JSON without exceptions. `path` in errors is a JSON pointer (RFC 6901) that the
// caller passes in.

// The member `name` of `object`, or null if `object` is no object, has no such member, or it is
// JSON null.
const Json* FindMember(const Json& object, std::string_view name);

// The string member `name`, or "" if it is absent or null. InvalidArgument "<path>/<name>: must be
// a string, is a number" if it is anything else.
absl::StatusOr<std::string> StringMember(const Json& object, std::string_view name,
                                         std::string_view path);

// The bool member `name`, or false if absent or null. InvalidArgument if it is anything else.
absl::StatusOr<bool> BoolMember(const Json& object, std::string_view name, std::string_view path);

// The integer member `name`, or 0 if absent or null. InvalidArgument if it is anything else: a
// number written with a fraction or an exponent, or outside 64 bits, is no integer.
absl::StatusOr<int64_t> IntegerMember(const Json& object, std::string_view name,
                                      std::string_view path);

// The array or object member `name`, or null if absent or null. InvalidArgument if it is anything
// else.
absl::StatusOr<const Json*> ArrayMember(const Json& object, std::string_view name,
                                        std::string_view path);
absl::StatusOr<const Json*> ObjectMember(const Json& object, std::string_view name,
                                         std::string_view path);

// InvalidArgument "<path>: <reason>" about the value at the JSON pointer `path`.
absl::Status MemberError(std::string_view path, std::string_view reason);

// The pointer of an error that MemberError, or one of the functions above, made; nullopt for
// others.
std::optional<std::string> PointerOf(const absl::Status& error);

// Appends one reference token to a JSON pointer, escaped: ("/a", "b/c") gives "/a/b~1c".
std::string JsonPointer(std::string_view path, std::string_view token);
std::string JsonPointer(std::string_view path, size_t index);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_JSON_H_
