#ifndef COUNTERSIGN_CLI_TREE_MANIFEST_H_
#define COUNTERSIGN_CLI_TREE_MANIFEST_H_

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "cli/image_tree.h"
#include "cosign/layer_form.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace countersign::cli {

// A layer that is to be read.
struct LayerToRead {
  size_t piece;  // of the manifest's pieces
  cosign::LayerForm form;
  oci::Descriptor descriptor;
};

// A manifest that hangs on an image, before any of its layers is read.
struct OpenedManifest {
  TreeManifest shown;
  std::vector<LayerToRead> layers;  // those of `shown` that are evidence
};

// Of layers that are no evidence so many of a manifest are shown.
inline constexpr size_t kMaxOtherLayers = 16;

// Reads a manifest with this digest. Its layers are read as `form` says, which the tag that it is
// under decides, or, where that is nullopt, as the media type of the first says: bundles (of which
// there must be one), signatures, attestations, or nothing that is evidence. Of more than
// cosign::kMaxSignatures layers the others are only counted. Pure.
OpenedManifest OpenManifest(const oci::Digest& digest, std::string_view bytes,
                            std::optional<cosign::LayerForm> form);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_TREE_MANIFEST_H_
