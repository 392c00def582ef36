#ifndef COUNTERSIGN_COSIGN_ITEM_H_
#define COUNTERSIGN_COSIGN_ITEM_H_

#include <memory>
#include <string>

#include "cosign/form.h"
#include "cosign/payload.h"
#include "crypto/sha256.h"
#include "oci/digest.h"

namespace countersign::cosign {

// One piece of evidence as it was read: nothing of it is believed. Immutable once it is shared.
struct Item {
  // Of all that decides: items with equal ids have the same outcome for every claim and signer.
  crypto::Sha256Digest id = {};
  Form form = Form::kUnspecified;
  // What is signed; null only where the form is unspecified. Shared by all items over the same
  // blob.
  std::shared_ptr<const Payload> payload;
  // The raw bytes.
  std::string signature;
};

using ItemPtr = std::shared_ptr<const Item>;

// The item of a signature layer: `payload` (not null) is its blob, whose bytes have been checked
// against `layer`, its digest.
ItemPtr SignatureLayerItem(const oci::Digest& layer, std::shared_ptr<const Payload> payload,
                           std::string signature);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_ITEM_H_
