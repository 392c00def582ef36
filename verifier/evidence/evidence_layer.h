#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_EVIDENCE_LAYER_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_EVIDENCE_LAYER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "cosign/layer_witnesses.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace countersign::verifier {

// A layer that is a signature or an attestation, as its manifest describes it, with no more of that
// than is needed.
struct EvidenceLayer {
  oci::Digest digest;
  size_t size = 0;
  // Raw bytes; an attestation has its signatures in its blob.
  std::string signature;
  // Its blob, where the manifest embeds it (oci::Descriptor::data); else empty.
  std::string data;
  // As cosign::Item has them: that they cannot be read says nothing of the signature.
  absl::StatusOr<std::shared_ptr<const cosign::LayerWitnesses>> witnesses = nullptr;

  // What its item holds of it alone (cosign::OwnBytes).
  size_t own_bytes() const;
};

// Those of a manifest, in its order; those that cannot be used as errors.
using EvidenceLayers = std::vector<absl::StatusOr<EvidenceLayer>>;

// Reads one, whatever media type it has. Aborted if its blob is larger than is read
// (cosign::kMaxPayloadBytes, cosign::kMaxEnvelopeBytes); the layer's own error, or InvalidArgument if a
// signature's annotation is malformed. Pure.
absl::StatusOr<EvidenceLayer> ReadSignatureLayer(const absl::StatusOr<oci::Descriptor>& layer);
absl::StatusOr<EvidenceLayer> ReadAttestationLayer(const absl::StatusOr<oci::Descriptor>& layer);
using LayerReader = absl::StatusOr<EvidenceLayer> (*)(const absl::StatusOr<oci::Descriptor>& layer);

// Of more than cosign::kMaxSignatures the first, one more than those. Their certificates and log
// entries may keep a processor busy. Pure.
EvidenceLayers ReadLayers(absl::Span<const absl::StatusOr<oci::Descriptor>> layers,
                          LayerReader read);

// What they take in memory, about.
size_t MemoryOf(const EvidenceLayers& layers);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_EVIDENCE_LAYER_H_
