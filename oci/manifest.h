#ifndef COUNTERSIGN_OCI_MANIFEST_H_
#define COUNTERSIGN_OCI_MANIFEST_H_

#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "oci/descriptor.h"

namespace countersign::oci {

// What this project reads of an image manifest: its layers. A layer whose descriptor is malformed
// must not hide the others (one broken signature does not spoil a good one), so each is judged by
// itself.
struct ImageManifest {
  // Those that are malformed are InvalidArgument, "/layers/3/digest: …".
  std::vector<absl::StatusOr<Descriptor>> layers;
};

// Reads an image manifest, OCI or Docker schema 2 (the bytes decide, not the media type a registry
// claims). Costs, and errors, are those of ReadDescriptors (oci/descriptor.h); an index or manifest
// list (which has "manifests") is one. Of more than `most_layers` the first are read; the others cost no memory.
absl::StatusOr<ImageManifest> ParseImageManifest(
    std::string_view bytes, size_t most_layers = std::numeric_limits<size_t>::max());

}  // namespace countersign::oci

#endif  // COUNTERSIGN_OCI_MANIFEST_H_
