#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "oci/index.h"
#include "oci/manifest.h"
#include "oci/platform_index.h"

// What is read as an index is no image's manifest, and nothing that it lists is left out that other
// readers see. Only what is of no platform is not run.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto read = countersign::oci::ParsePlatformIndex(bytes);
  if (!read.ok()) return 0;

  if (!read->is_index && !read->manifests.empty()) std::abort();
  if (read->is_index && countersign::oci::ParseImageManifest(bytes).ok()) std::abort();
  for (const auto& manifest : read->manifests) {
    if (!manifest.may_run && manifest.platform != "unknown/unknown") std::abort();
  }
  const auto index = countersign::oci::ParseImageIndex(bytes);
  if (index.ok() && index->manifests.size() != read->manifests.size()) std::abort();
  return 0;
}
