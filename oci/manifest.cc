#include "oci/manifest.h"

#include <utility>

#include "base/status_macros.h"

namespace countersign::oci {

absl::StatusOr<ImageManifest> ParseImageManifest(std::string_view bytes, size_t most_layers) {
  const DescriptorList kind = {
      .member = "layers",
      .with_annotations = true,
      .with_data = true,
      .most = most_layers,
      .other_member = "manifests",
      .other_kind = "it is an index of manifests, not the manifest of an image"};
  ImageManifest manifest;
  CS_ASSIGN_OR_RETURN(manifest.layers, ReadDescriptors(bytes, kind));
  return manifest;
}

}  // namespace countersign::oci
