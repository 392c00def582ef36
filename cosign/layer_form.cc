#include "cosign/layer_form.h"

#include "absl/strings/match.h"
#include "cosign/bundle.h"
#include "cosign/signature_layer.h"
#include "cosign/signed_envelope.h"
#include "cosign/signed_payload.h"

namespace countersign::cosign {

LayerForm FormOfLayers(std::string_view media_type) {
  if (media_type == kPayloadMediaType) return LayerForm::kSignature;
  if (media_type == kEnvelopeMediaType) return LayerForm::kAttestation;
  if (absl::StartsWith(media_type, kBundleMediaTypes)) return LayerForm::kBundle;
  return LayerForm::kUnspecified;
}

size_t MaxBlobBytes(LayerForm form) {
  switch (form) {
    case LayerForm::kSignature:
      return kMaxPayloadBytes;
    case LayerForm::kAttestation:
      return kMaxEnvelopeBytes;
    case LayerForm::kBundle:
      return kMaxBundleBytes;
    case LayerForm::kUnspecified:
      break;
  }
  return 0;
}

}  // namespace countersign::cosign
