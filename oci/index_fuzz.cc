#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "oci/index.h"
#include "oci/manifest.h"

// A manifest that is accepted has a size that can be asked for, and nothing of its annotations; one
// that is not says which it is, and why. Nothing is an index and the manifest of an image at once.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto index = countersign::oci::ParseImageIndex(bytes);
  if (!index.ok()) return 0;

  if (countersign::oci::ParseImageManifest(bytes).ok()) std::abort();
  for (const auto& manifest : index->manifests) {
    if (manifest.ok() && (manifest->size < 0 || !manifest->annotations.empty())) std::abort();
    if (!manifest.ok() && manifest.status().message().substr(0, 11) != "/manifests/") std::abort();
  }
  return 0;
}
