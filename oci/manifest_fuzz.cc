#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "oci/manifest.h"

// A layer that is accepted has a size that can be asked for, and what it embeds is what it names; one
// that is not says which it is, and why.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto manifest = countersign::oci::ParseImageManifest(
      std::string_view(reinterpret_cast<const char*>(data), size));
  if (!manifest.ok()) return 0;

  for (const auto& layer : manifest->layers) {
    if (layer.ok() && layer->size < 0) std::abort();
    if (layer.ok() && !layer->data.empty() &&
        (countersign::oci::Digest::Of(layer->data) != layer->digest ||
         layer->data.size() != static_cast<size_t>(layer->size))) {
      std::abort();
    }
    if (!layer.ok() && layer.status().message().substr(0, 8) != "/layers/") std::abort();
  }
  return 0;
}
