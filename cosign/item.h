#ifndef COUNTERSIGN_COSIGN_ITEM_H_
#define COUNTERSIGN_COSIGN_ITEM_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "cosign/attestation_evidence.h"
#include "cosign/bundle_evidence.h"
#include "cosign/form.h"
#include "cosign/layer_witnesses.h"
#include "cosign/payload.h"
#include "crypto/sha256.h"
#include "oci/digest.h"

namespace countersign::cosign {

// One piece of evidence as it was read: nothing of it is believed. Immutable once it is shared.
struct Item {
  // Of all that decides: items with equal ids have the same outcome for every claim and signer.
  crypto::Sha256Digest id = {};
  Form form = Form::kUnspecified;
  // Of a signature layer, what is signed, shared by all items over the same blob, and the
  // signature's raw bytes.
  std::shared_ptr<const Payload> payload;
  std::string signature;
  // Of an attestation layer, the envelope that it is.
  std::shared_ptr<const AttestationEvidence> attestation;
  // Of both, what the layer says of who signed and who has seen that; null: nothing. An error says
  // why that cannot be read.
  absl::StatusOr<std::shared_ptr<const LayerWitnesses>> witnesses = nullptr;
  // Of a bundle, all of it.
  std::shared_ptr<const BundleEvidence> bundle;
};

using ItemPtr = std::shared_ptr<const Item>;

// The item of a signature layer: `payload` (not null) is its blob, whose bytes have been checked
// against `layer`, its digest. `witnesses` is what ReadLayerWitnesses read of its annotations.
ItemPtr SignatureLayerItem(
    const oci::Digest& layer, std::shared_ptr<const Payload> payload, std::string signature,
    absl::StatusOr<std::shared_ptr<const LayerWitnesses>> witnesses = nullptr);

// The item of an attestation layer: `blob` is its envelope (cosign/signed_envelope.h), checked
// against `layer`, its digest, and let go as soon as it can be; `witnesses` as above. InvalidArgument,
// in words that go on a sentence about it, and are printable and short, if it is no envelope; what the
// envelope holds may be anything.
absl::StatusOr<ItemPtr> AttestationLayerItem(
    const oci::Digest& layer, std::string blob,
    absl::StatusOr<std::shared_ptr<const LayerWitnesses>> witnesses);

// That of any attestation layer that was not read. Of those of an image there are no more than
// kMaxSignatures (signature_layer.h), however many there are: so many may stand for more.
ItemPtr UnreadAttestationItem();

// The item of a Sigstore bundle (cosign/bundle.h); InvalidArgument, in words that go on a sentence
// about it, and are printable and short, if it is none. The bytes are let go as soon as they can be.
absl::StatusOr<ItemPtr> BundleItem(std::string bytes);

// What an item holds beside its signature: several may hold the same, which is in memory once.
struct Content {
  const void* id = nullptr;  // null: nothing
  size_t bytes = 0;          // that it takes, about
};
Content ContentOf(const Item& item);

// What it holds alone, its signature too.
size_t OwnBytes(const Item& item);

// How many witnesses it names, log entries and timestamps together; those that cannot be read are none.
size_t CountWitnesses(const Item& item);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_ITEM_H_
