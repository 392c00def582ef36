#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_SIGNATURE_LAYERS_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_SIGNATURE_LAYERS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "cosign/item.h"
#include "cosign/payload.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "registry/credential.h"
#include "registry/registry.h"
#include "verifier/evidence/looking.h"

namespace countersign::verifier {

// The layers of signature manifests, on their way to signatures: each broken one is an error beside
// the good ones, and each payload is read once however many layers name it. For one thread.
class SignatureLayers {
 public:
  // How much is read of all payloads together, and with which code the others are errors.
  struct Limit {
    size_t bytes = 0;
    absl::StatusCode beyond = absl::StatusCode::kOutOfRange;
  };

  SignatureLayers(absl::Span<const absl::StatusOr<oci::Descriptor>> layers, const Limit& limit);

  // What is held beside payloads.
  size_t signature_bytes() const;
  // Of the payloads that are to be read.
  size_t payload_bytes() const { return payload_bytes_; }

  // Reads the payloads, eight at a time; their bytes have been reserved. Cancelled if nobody waited
  // for it any more before all were read.
  absl::Status ReadPayloads(registry::Registry* registry, const oci::Repository& repository,
                            const registry::Credential& credential, const Looking& looking);

  // One for each layer, in order.
  Signatures Take() &&;

 private:
  using PayloadPtr = std::shared_ptr<const cosign::Payload>;

  // A layer as the manifest describes it.
  struct Layer {
    oci::Digest digest;
    size_t size;
    std::string signature;
  };
  // A blob that one layer or more name.
  struct Blob {
    oci::Digest digest;
    size_t size = 0;  // the largest that a layer says
    absl::StatusOr<PayloadPtr> payload = absl::InternalError("not asked for");
  };

  static absl::StatusOr<Layer> ReadLayer(const absl::StatusOr<oci::Descriptor>& layer);
  void LeaveOutWhatIsTooMuch(const Limit& limit);
  absl::StatusOr<cosign::ItemPtr> TakeSignature(absl::StatusOr<Layer>& layer) const;

  std::vector<absl::StatusOr<Layer>> layers_;
  std::vector<Blob> blobs_;
  absl::flat_hash_map<oci::Digest, size_t> blob_of_;
  size_t readable_ = 0;  // the first of blobs_, which are small enough together
  size_t payload_bytes_ = 0;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_SIGNATURE_LAYERS_H_
