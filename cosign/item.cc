#include "cosign/item.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace countersign::cosign {

ItemPtr SignatureLayerItem(const oci::Digest& layer, std::shared_ptr<const Payload> payload,
                           std::string signature) {
  const crypto::Sha256Digest id =
      crypto::Sha256(absl::StrCat("signature layer ", layer.ToString(), " ", signature));
  return std::make_shared<const Item>(Item{.id = id,
                                           .form = Form::kSignatureLayer,
                                           .payload = std::move(payload),
                                           .signature = std::move(signature)});
}

}  // namespace countersign::cosign
