#include "verifier/evidence/evidence_layer.h"

#include <cstdint>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cosign/item.h"
#include "cosign/signature_layer.h"
#include "cosign/signed_envelope.h"
#include "cosign/signed_payload.h"

namespace countersign::verifier {
namespace {

// What is not looked at leaves unknown what it is.
absl::Status CheckSize(const oci::Descriptor& layer, size_t most, std::string_view what) {
  if (layer.size <= static_cast<int64_t>(most)) return absl::OkStatus();
  return absl::AbortedError(
      absl::StrCat(what, " is larger than ", most, " bytes, and is not looked at"));
}

EvidenceLayer Describe(const oci::Descriptor& layer, std::string signature) {
  return {.digest = layer.digest,
          .size = static_cast<size_t>(layer.size),
          .signature = std::move(signature),
          .data = layer.data,
          .witnesses = cosign::ReadLayerWitnesses(layer.annotations)};
}

}  // namespace

size_t EvidenceLayer::own_bytes() const {
  return cosign::OwnBytes(cosign::Item{.signature = signature, .witnesses = witnesses});
}

absl::StatusOr<EvidenceLayer> ReadSignatureLayer(const absl::StatusOr<oci::Descriptor>& layer) {
  CS_RETURN_IF_ERROR(layer.status());
  CS_ASSIGN_OR_RETURN(std::string signature, cosign::SignatureBytes(*layer));
  CS_RETURN_IF_ERROR(CheckSize(*layer, cosign::kMaxPayloadBytes, "the payload of a signature"));
  return Describe(*layer, std::move(signature));
}

absl::StatusOr<EvidenceLayer> ReadAttestationLayer(const absl::StatusOr<oci::Descriptor>& layer) {
  CS_RETURN_IF_ERROR(layer.status());
  CS_RETURN_IF_ERROR(CheckSize(*layer, cosign::kMaxEnvelopeBytes, "an attestation"));
  return Describe(*layer, "");
}

EvidenceLayers ReadLayers(absl::Span<const absl::StatusOr<oci::Descriptor>> layers,
                          LayerReader read) {
  layers = layers.subspan(0, cosign::kMaxSignatures + 1);
  EvidenceLayers all;
  all.reserve(layers.size());
  for (const absl::StatusOr<oci::Descriptor>& layer : layers) all.push_back(read(layer));
  return all;
}

size_t MemoryOf(const EvidenceLayers& layers) {
  // What an error takes beside its message.
  constexpr size_t kErrorBytes = 256;
  size_t bytes = 0;
  for (const absl::StatusOr<EvidenceLayer>& layer : layers) {
    bytes += sizeof(layer);
    bytes += layer.ok() ? layer->digest.ToString().size() + layer->data.size() + layer->own_bytes()
                        : kErrorBytes + layer.status().message().size();
  }
  return bytes;
}

}  // namespace countersign::verifier
