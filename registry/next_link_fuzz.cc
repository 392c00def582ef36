#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "registry/next_link.h"

// Where a header leads is written in it, between the brackets, and is the same whatever headers
// follow.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::optional<std::string> next = countersign::registry::FindNextLink({{"link", text}});
  if (!next.has_value()) return 0;

  if (text.find(*next) == std::string::npos) std::abort();
  if (next->find('>') != std::string::npos) std::abort();
  if (countersign::registry::FindNextLink({{"link", text}, {"link", "</>; rel=next"}}) != next) {
    std::abort();
  }
  return 0;
}
