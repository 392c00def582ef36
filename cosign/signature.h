#ifndef COUNTERSIGN_COSIGN_SIGNATURE_H_
#define COUNTERSIGN_COSIGN_SIGNATURE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "oci/digest.h"
#include "oci/manifest.h"

namespace countersign::cosign {

// The annotation of a signature layer that holds the signature, standard base64, padded
// (cosign's specs/SIGNATURE_SPEC.md, "Properties").
inline constexpr std::string_view kSignatureAnnotation = "dev.cosignproject.cosign/signature";

// More signature layers than this on one image are refused.
inline constexpr size_t kMaxSignatures = 1000;

// The tag under which the signatures of the image with this digest lie: "sha256-<hex>.sig".
std::string SignatureTag(const oci::Digest& image);

// One signature as it was fetched, before anything about it is believed.
struct Signature {
  // The digest of the layer it came from.
  oci::Digest layer;
  // The signed bytes: the layer's blob, already checked against `layer`.
  std::string payload;
  // The raw signature bytes (base64 decoded).
  std::string signature;
};

// The raw bytes of a layer's signature annotation. InvalidArgument if the annotation is missing,
// empty or no base64 of the standard alphabet with padding (line breaks are ignored, as cosign
// does).
absl::StatusOr<std::string> SignatureBytes(const oci::Descriptor& layer);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_SIGNATURE_H_
