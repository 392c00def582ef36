#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "absl/time/time.h"
#include "registry/retry_after.h"

// Whatever a server says, it is left alone for a time that ends.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::Duration wait =
      countersign::registry::ReadRetryAfter(text, absl::FromUnixSeconds(1'445'412'480));
  if (wait < absl::Seconds(1) || wait > absl::Seconds(30)) std::abort();
  return 0;
}
