#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "registry/error_body.h"

// What a registry says can be shown to people.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const std::optional<std::string> reason = countersign::registry::ReadReason(body);
  if (!reason.has_value()) return 0;
  if (reason->empty() || reason->size() > 310 ||
      !std::all_of(reason->begin(), reason->end(), absl::ascii_isprint)) {
    std::abort();
  }
  return 0;
}
