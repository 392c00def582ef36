#include "cli/tree_manifest.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/artifact_type.h"
#include "cli/tree_piece.h"
#include "cosign/signature_layer.h"
#include "oci/manifest.h"

namespace countersign::cli {
namespace {

using cosign::LayerForm;

LayerForm FormOf(const oci::ImageManifest& manifest) {
  if (manifest.layers.empty() || !manifest.layers[0].ok()) return LayerForm::kUnspecified;
  return cosign::FormOfLayers(manifest.layers[0]->media_type);
}

TreePiece PieceOf(const absl::StatusOr<oci::Descriptor>& layer, LayerForm form,
                  std::string_view artifact_type) {
  TreePiece piece;
  if (!layer.ok()) {
    SetUnreadable(layer.status(), piece);
    return piece;
  }
  piece.digest = layer->digest.ToString();
  piece.media_type = Shown(layer->media_type);
  if (form == LayerForm::kUnspecified) {
    piece.kind = PieceKind::kOther;
    piece.type = NameOfArtifact(artifact_type, layer->media_type);
  }
  return piece;
}

}  // namespace

OpenedManifest OpenManifest(const oci::Digest& digest, std::string_view bytes,
                            std::optional<LayerForm> form) {
  OpenedManifest opened = {.shown = {.digest = digest.ToString()}};
  const std::string artifact_type = ArtifactTypeOf(bytes);
  opened.shown.artifact_type = Shown(artifact_type);
  absl::StatusOr<oci::ImageManifest> manifest = oci::ParseImageManifest(bytes);
  if (!manifest.ok()) {
    opened.shown.fault = Shown(manifest.status().message());
    return opened;
  }
  const LayerForm layers_are = form.value_or(FormOf(*manifest));
  std::vector<absl::StatusOr<oci::Descriptor>>& layers = manifest->layers;
  if (layers_are == LayerForm::kBundle && layers.size() != 1) {
    opened.shown.fault = absl::StrCat("it has ", layers.size(), " layers, and a bundle is one");
    return opened;
  }
  const bool is_evidence = layers_are != LayerForm::kUnspecified;
  const size_t count =
      std::min(layers.size(), is_evidence ? cosign::kMaxSignatures : kMaxOtherLayers);
  opened.shown.more_pieces = layers.size() - count;
  for (size_t i = 0; i < count; ++i) {
    opened.shown.pieces.push_back(PieceOf(layers[i], layers_are, artifact_type));
    if (is_evidence && layers[i].ok()) {
      opened.layers.push_back({i, layers_are, *std::move(layers[i])});
    }
  }
  return opened;
}

}  // namespace countersign::cli
