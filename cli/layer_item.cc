#include "cli/layer_item.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cosign/layer_form.h"
#include "cosign/layer_witnesses.h"
#include "cosign/signature_layer.h"
#include "oci/descriptor.h"

namespace countersign::cli {

absl::StatusOr<cosign::ItemPtr> ItemOfLayer(const LayerToRead& layer, const std::string& bytes,
                                            std::shared_ptr<const cosign::Payload>& payload) {
  const oci::Descriptor& described = layer.descriptor;
  if (bytes.size() != static_cast<size_t>(described.size)) {
    return absl::FailedPreconditionError(
        absl::StrCat("it has ", bytes.size(), " bytes, its manifest says ", described.size));
  }
  switch (layer.form) {
    case cosign::LayerForm::kSignature: {
      CS_ASSIGN_OR_RETURN(std::string signature, cosign::SignatureBytes(described));
      if (payload == nullptr) payload = cosign::Payload::Of(bytes);
      return cosign::SignatureLayerItem(described.digest, payload, std::move(signature),
                                        cosign::ReadLayerWitnesses(described.annotations));
    }
    case cosign::LayerForm::kAttestation:
      return cosign::AttestationLayerItem(described.digest, bytes,
                                          cosign::ReadLayerWitnesses(described.annotations));
    case cosign::LayerForm::kBundle:
      return cosign::BundleItem(bytes);
    case cosign::LayerForm::kUnspecified:
      break;
  }
  return absl::InternalError("it is read as nothing");
}

}  // namespace countersign::cli
