#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "oci/manifest.h"

// A layer that is accepted has a size that can be asked for; one that is not says which it is, and
// why.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto manifest = countersign::oci::ParseImageManifest(
      std::string_view(reinterpret_cast<const char*>(data), size));
  if (!manifest.ok()) return 0;

  for (const auto& layer : manifest->layers) {
    if (layer.ok() && layer->size < 0) std::abort();
    if (!layer.ok() && layer.status().message().substr(0, 8) != "/layers/") std::abort();
  }
  return 0;
}
