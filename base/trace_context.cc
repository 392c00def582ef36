#include "base/trace_context.h"

#include <sys/random.h>
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace countersign::base {
namespace {

// VERSION-TRACE_ID-PARENT_ID-FLAGS
constexpr size_t kTraceIdAt = 3;
constexpr size_t kTraceIdDigits = 32;
constexpr size_t kSpanIdAt = 36;
constexpr size_t kSpanIdDigits = 16;
constexpr size_t kFlagsAt = 53;
constexpr size_t kLength = 55;
constexpr unsigned kSampled = 1;

constexpr std::string_view kDigits = "0123456789abcdef";

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); });
}

bool IsId(std::string_view text) {
  return IsHex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

std::string HexOf(absl::Span<const unsigned char> bytes) {
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (const unsigned char byte : bytes) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

// Zeros where the system has nothing that is random.
void Draw(absl::Span<unsigned char> bytes) {
  size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t more = getrandom(bytes.data() + filled, bytes.size() - filled, 0);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) {
      std::fill(bytes.begin(), bytes.end(), 0);
      return;
    }
    filled += static_cast<size_t>(more);
  }
}

}  // namespace

std::optional<TraceContext> ParseTraceparent(std::string_view value) {
  if (value.size() < kLength) return std::nullopt;
  const std::string_view version = value.substr(0, 2);
  const std::string_view trace_id = value.substr(kTraceIdAt, kTraceIdDigits);
  const std::string_view span_id = value.substr(kSpanIdAt, kSpanIdDigits);
  const std::string_view flags = value.substr(kFlagsAt, 2);
  if (!IsHex(version) || version == "ff" || !IsId(trace_id) || !IsId(span_id) || !IsHex(flags)) {
    return std::nullopt;
  }
  for (const size_t dash : {kTraceIdAt - 1, kSpanIdAt - 1, kFlagsAt - 1}) {
    if (value[dash] != '-') return std::nullopt;
  }
  const bool may_go_on = version != "00" && value.size() > kLength && value[kLength] == '-';
  if (value.size() != kLength && !may_go_on) return std::nullopt;
  return TraceContext{.trace_id = std::string(trace_id),
                      .span_id = std::string(span_id),
                      .is_sampled = (kDigits.find(flags[1]) & kSampled) != 0};
}

std::string WriteTraceparent(const TraceContext& trace) {
  if (!trace.IsThere()) return "";
  return absl::StrCat("00-", trace.trace_id, "-", trace.span_id, trace.is_sampled ? "-01" : "-00");
}

void FillFromSystem(absl::Span<unsigned char> bytes) {
  // The system is asked for many of them at once.
  thread_local std::array<unsigned char, 512> drawn;
  if (bytes.size() > drawn.size()) return Draw(bytes);
  thread_local size_t used = drawn.size();
  if (bytes.size() > drawn.size() - used) {
    Draw(absl::MakeSpan(drawn));
    used = 0;
  }
  std::copy_n(drawn.begin() + used, bytes.size(), bytes.begin());
  used += bytes.size();
}

TraceContext BeginSpan(const std::optional<TraceContext>& caller, const FillRandom& fill) {
  std::array<unsigned char, kSpanIdDigits / 2 + kTraceIdDigits / 2> random{};
  const absl::Span<unsigned char> bytes = absl::MakeSpan(random);
  fill(caller.has_value() ? bytes.first(kSpanIdDigits / 2) : bytes);
  TraceContext span = caller.value_or(TraceContext());
  span.span_id = HexOf(bytes.first(kSpanIdDigits / 2));
  if (!caller.has_value()) span.trace_id = HexOf(bytes.subspan(kSpanIdDigits / 2));
  return IsId(span.trace_id) && IsId(span.span_id) ? span : TraceContext();
}

void AddTrace(const TraceContext& trace, LogFields& fields) {
  if (!trace.IsThere()) return;
  fields.emplace_back("traceId", trace.trace_id);
  fields.emplace_back("spanId", trace.span_id);
}

}  // namespace countersign::base
