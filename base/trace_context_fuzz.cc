#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "base/trace_context.h"

namespace countersign::base {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// Invariants: what is taken is written as version 00 and read as the same again, and but for what that has not
// (later versions, other flags) it is what came.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  const std::optional<TraceContext> trace = ParseTraceparent(value);
  if (!trace.has_value()) return 0;
  const std::string written = WriteTraceparent(*trace);
  Require(ParseTraceparent(written) == trace);
  Require(written.size() == 55 && value.size() >= written.size());
  // The two identifiers, as they came.
  Require(value.substr(2, 51) == std::string_view(written).substr(2, 51));
  Require(value.size() == written.size() || !value.starts_with("00"));
  return 0;
}

}  // namespace countersign::base
