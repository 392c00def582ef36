#ifndef COUNTERSIGN_BASE_TRACE_CONTEXT_H_
#define COUNTERSIGN_BASE_TRACE_CONTEXT_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "base/log.h"

namespace countersign::base {

// Of which trace a request is, and which span of it, as W3C's Trace Context (Recommendation, level 1, section
// 3.2) has them: what joins the lines that several processes log of one request. A default one is of none.
struct TraceContext {
  std::string trace_id;     // 32 hexadecimal digits in lower case, not all 0; "": there is no trace
  std::string span_id;      // 16 of them, not all 0
  bool is_sampled = false;  // its sender may have recorded it

  bool IsThere() const { return !trace_id.empty(); }
  bool operator==(const TraceContext&) const = default;
};

// The name of the header of HTTP, and of gRPC's metadata, with that.
inline constexpr char kTraceparent[] = "traceparent";

// What the value of a header `traceparent` says; nullopt if it is not what the standard says, as if there were
// none. Of a later version than 00 that is read which it has in common with that (section 3.2.4). Nothing else
// of the text comes out of this.
std::optional<TraceContext> ParseTraceparent(std::string_view value);

// The value of that header, of version 00; "" of no trace.
std::string WriteTraceparent(const TraceContext& trace);

// Fills the bytes. Thread-safe.
using FillRandom = std::function<void(absl::Span<unsigned char> bytes)>;

// With what the system takes for random (getrandom(2)); zeros, should it have none.
void FillFromSystem(absl::Span<unsigned char> bytes);

// A span of our own: in the caller's trace, or in a new one that nobody records. None, should all that is random
// be zeros.
TraceContext BeginSpan(const std::optional<TraceContext>& caller,
                       const FillRandom& fill = FillFromSystem);

// Says it in a line of the log, as `traceId` and `spanId`; adds nothing of no trace.
void AddTrace(const TraceContext& trace, LogFields& fields);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_TRACE_CONTEXT_H_
