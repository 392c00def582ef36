#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "oci/image_reference.h"

// The full name of a reference means the same image, is its own full name, and cannot be cleaned
// into another path.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using countersign::oci::ImageReference;
  const auto reference =
      ImageReference::Parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!reference.ok()) return 0;

  const auto again = ImageReference::Parse(reference->FullName());
  if (!again.ok() || again->FullName() != reference->FullName()) std::abort();
  if (again->repository() != reference->repository() || again->tag() != reference->tag() ||
      again->digest() != reference->digest()) {
    std::abort();
  }
  if (!reference->tag().has_value() && !reference->digest().has_value()) std::abort();
  const std::string url = "/" + reference->repository().ToString() + "/";
  for (const char* part : {"//", "/./", "/../", "@", "%", "?", "#", "\\"}) {
    if (url.find(part) != std::string::npos) std::abort();
  }
  return 0;
}
