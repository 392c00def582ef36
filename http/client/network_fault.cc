#include "http/client/network_fault.h"

#include <array>
#include <cstddef>
#include <utility>

#include "absl/strings/cord.h"

namespace countersign::http {
namespace {

// Names the payload of a status (absl::Status::SetPayload) that has a mark, which is one of these.
constexpr char kPayload[] = "countersign/network-fault";
constexpr std::array<const char*, 4> kMarks = {"", "not connected", "no TLS", "silent"};

}  // namespace

absl::Status MarkFault(absl::Status error, NetworkFault fault) {
  if (fault == NetworkFault::kNone) return error;
  error.SetPayload(kPayload, absl::Cord(kMarks[static_cast<size_t>(fault)]));
  return error;
}

NetworkFault NetworkFaultOf(const absl::Status& error) {
  const auto mark = error.GetPayload(kPayload);
  if (!mark.has_value()) return NetworkFault::kNone;
  for (size_t i = 1; i < kMarks.size(); ++i) {
    if (*mark == kMarks[i]) return static_cast<NetworkFault>(i);
  }
  return NetworkFault::kNone;
}

}  // namespace countersign::http
