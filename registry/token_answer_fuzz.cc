#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/time/time.h"
#include "registry/token_answer.h"

// A token that was understood can be sent in a header, and does not hold for long.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<countersign::registry::TokenAnswer> answer =
      countersign::registry::ParseTokenAnswer(body);
  if (!answer.ok()) return 0;
  if (answer->token.empty() || answer->lifetime > absl::Hours(1) ||
      !std::all_of(answer->token.begin(), answer->token.end(), absl::ascii_isgraph)) {
    std::abort();
  }
  return 0;
}
