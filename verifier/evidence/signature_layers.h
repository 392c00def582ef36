#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_SIGNATURE_LAYERS_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_SIGNATURE_LAYERS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cosign/item.h"
#include "cosign/payload.h"
#include "oci/digest.h"
#include "verifier/evidence/evidence_layer.h"
#include "verifier/evidence/image_source.h"
#include "verifier/evidence/looking.h"

namespace countersign::verifier {

// The layers of signature manifests, on their way to signatures: each broken one is an error beside
// the good ones, and each payload is there once however many layers name it. For one thread.
//
// A payload need not be fetched where its manifest embeds it (oci/descriptor.h), or where it is the one
// that cosign writes for the image (cosign/derived_payload.h), as nearly all are: with the digest of the
// layer it is the layer's content, wherever it comes from. What it takes counts all the same.
class SignatureLayers {
 public:
  // Of all payloads together so much is read, and the others are not looked at (Aborted).
  SignatureLayers(EvidenceLayers layers, size_t max_payload_bytes);

  // What is held for good: of what is here already, the payloads that were embedded and what is held
  // beside payloads, and of the other payloads that are to be read.
  size_t bytes_here() const;
  size_t bytes_to_come() const { return payload_bytes_ - embedded_bytes_; }
  // Of all payloads that are to be read.
  size_t payload_bytes() const { return payload_bytes_; }

  // Reads the payloads, as ForEachAtOnce does (evidence_text.h) if any has to be fetched; their bytes
  // have been reserved.
  absl::Status ReadPayloads(const ImageSource& source);

  // One for each layer, in order.
  policy::Items Take() &&;

 private:
  using PayloadPtr = std::shared_ptr<const cosign::Payload>;

  // A blob that one layer or more name.
  struct Blob {
    oci::Digest digest;
    size_t size = 0;   // the largest that a layer says
    std::string data;  // until it is a payload; empty: no layer embeds it
    absl::StatusOr<PayloadPtr> payload = absl::InternalError("not asked for");
  };

  void LeaveOutWhatIsTooMuch(size_t max_payload_bytes);
  void TakeWhatIsEmbedded();
  // What of the blobs that are small enough is neither here nor can be derived; what can be is here
  // afterwards.
  std::vector<Blob*> FindMissing(const ImageSource& source);
  absl::StatusOr<cosign::ItemPtr> TakeSignature(absl::StatusOr<EvidenceLayer>& layer) const;

  EvidenceLayers layers_;
  std::vector<Blob> blobs_;
  absl::flat_hash_map<oci::Digest, size_t> blob_of_;
  size_t readable_ = 0;  // the first of blobs_, which are small enough together
  size_t payload_bytes_ = 0;
  size_t embedded_bytes_ = 0;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_SIGNATURE_LAYERS_H_
