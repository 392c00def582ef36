#include "cosign/item.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cosign/bundle.h"

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

absl::StatusOr<ItemPtr> BundleItem(std::string_view bytes) {
  CS_ASSIGN_OR_RETURN(Bundle bundle, ParseBundle(bytes));
  const Form form = bundle.form;
  return std::make_shared<const Item>(
      Item{.id = crypto::Sha256(absl::StrCat("bundle ", bytes)),
           .form = form,
           .bundle = std::make_shared<const BundleEvidence>(std::move(bundle))});
}

Content ContentOf(const Item& item) {
  if (item.bundle != nullptr) return {item.bundle.get(), item.bundle->memory_bytes()};
  if (item.payload != nullptr) return {item.payload.get(), item.payload->bytes().size()};
  return {};
}

}  // namespace countersign::cosign
