#ifndef COUNTERSIGN_BASE_GZIP_H_
#define COUNTERSIGN_BASE_GZIP_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace countersign::base {

// What a gzip file (RFC 1952) holds: of all of its members, one after the other. Their checksums and
// lengths must be right, and nothing may follow them.
//
// InvalidArgument, in words that go on "gzip: ", if the file is anything else; ResourceExhausted as
// soon as it holds more than `max_bytes`, however little it is itself. Pure.
absl::StatusOr<std::string> DecodeGzip(std::string_view file, size_t max_bytes);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_GZIP_H_
