#include "verifier/evidence/referrer_content.h"

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cosign/bundle.h"
#include "cosign/layer_form.h"
#include "oci/descriptor.h"

namespace countersign::verifier {
namespace {

// What the layers say of a bundle, the first of which is one.
absl::StatusOr<ReferrerContent::Bundle> BundleIn(const oci::ImageManifest& manifest) {
  if (manifest.layers.size() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("it has ", manifest.layers.size(), " layers, and a bundle is one"));
  }
  const oci::Descriptor& layer = *manifest.layers[0];
  if (layer.size > static_cast<int64_t>(cosign::kMaxBundleBytes)) {
    return absl::AbortedError(absl::StrCat("its bundle is larger than ", cosign::kMaxBundleBytes,
                                           " bytes, and is not looked at"));
  }
  return ReferrerContent::Bundle{
      .digest = layer.digest, .size = static_cast<size_t>(layer.size), .data = layer.data};
}

}  // namespace

absl::StatusOr<ReferrerContent> ContentOfReferrer(const oci::ImageManifest& manifest) {
  ReferrerContent content;
  if (manifest.layers.empty()) return content;
  CS_RETURN_IF_ERROR(manifest.layers[0].status());
  switch (cosign::FormOfLayers(manifest.layers[0]->media_type)) {
    case cosign::LayerForm::kSignature:
      content.signatures = ReadLayers(manifest.layers, ReadSignatureLayer);
      break;
    case cosign::LayerForm::kAttestation:
      content.attestations = ReadLayers(manifest.layers, ReadAttestationLayer);
      break;
    case cosign::LayerForm::kBundle: {
      CS_ASSIGN_OR_RETURN(content.bundle, BundleIn(manifest));
      break;
    }
    case cosign::LayerForm::kUnspecified:
      break;
  }
  return content;
}

}  // namespace countersign::verifier
