#ifndef COUNTERSIGN_BASE_REGEXP_H_
#define COUNTERSIGN_BASE_REGEXP_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "re2/re2.h"

namespace countersign::base {

// The longest expression of others that is compiled: RE2 takes time that grows with the square of some,
// whatever memory they may have.
inline constexpr size_t kMaxRegexpBytes = 4096;
// How often it may name a class of Unicode's, such as \pL, of each of which RE2 makes hundreds of ranges
// before it sees whether there is room for them.
inline constexpr size_t kMaxUnicodeClasses = 32;
// What an expression may take in memory, compiled and while it is matched.
inline constexpr int64_t kMaxRegexpMemory = 1 << 20;

// Whether an expression is within the first two of these limits. InvalidArgument: in words that go on a
// sentence about it.
absl::Status CheckRegexpText(std::string_view expression);

// With that memory, and nothing said on stderr.
re2::RE2::Options RegexpOptions();

// An expression of RE2's syntax (https://github.com/google/re2/wiki/Syntax). InvalidArgument, in
// printable words to go on a sentence about it, if it is none, or beyond these limits. Thread-safe.
absl::StatusOr<std::shared_ptr<const re2::RE2>> CompileRegexp(const std::string& expression);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_REGEXP_H_
