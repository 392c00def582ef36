#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "oci/digest.h"

// A digest that is accepted prints as it was written, and has no other shape than "sha256:" and 64
// hex digits.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto digest = countersign::oci::Digest::Parse(text);
  if (!digest.ok()) return 0;

  if (digest->ToString() != text || digest->hex().size() != 64 || text.substr(0, 7) != "sha256:")
    std::abort();
  if (digest->hex().find_first_not_of("0123456789abcdef") != std::string_view::npos) std::abort();
  return 0;
}
