#include "oci/manifest.h"

#include <utility>

#include "base/status_macros.h"

namespace countersign::oci {

absl::StatusOr<ImageManifest> ParseImageManifest(std::string_view bytes) {
  constexpr DescriptorList kKind = {
      .member = "layers",
      .with_annotations = true,
      .other_member = "manifests",
      .other_kind = "it is an index of manifests, not the manifest of an image"};
  ImageManifest manifest;
  CS_ASSIGN_OR_RETURN(manifest.layers, ReadDescriptors(bytes, kKind));
  return manifest;
}

}  // namespace countersign::oci
