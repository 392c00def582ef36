#ifndef COUNTERSIGN_COSIGN_SIGNATURE_LAYER_H_
#define COUNTERSIGN_COSIGN_SIGNATURE_LAYER_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "oci/digest.h"
#include "oci/manifest.h"

namespace countersign::cosign {

// The annotation of a signature layer that holds the signature, standard base64, padded
// (cosign's specs/SIGNATURE_SPEC.md, "Properties").
inline constexpr std::string_view kSignatureAnnotation = "dev.cosignproject.cosign/signature";

// More signature layers than this on one image are refused.
inline constexpr size_t kMaxSignatures = 1000;

// Longer signatures than this are of no key that is read here.
inline constexpr size_t kMaxSignatureBytes = 4096;

// The tag under which the signatures of the image with this digest lie: "sha256-<hex>.sig".
std::string SignatureTag(const oci::Digest& image);

// The tag under which its attestations lie, each a layer that is a DSSE envelope
// (cosign/signed_envelope.h): "sha256-<hex>.att".
std::string AttestationTag(const oci::Digest& image);

// The media types of layers that are signatures, and attestations, where they decide
// (cosign/layer_form.h).
inline constexpr std::string_view kPayloadMediaType =
    "application/vnd.dev.cosign.simplesigning.v1+json";
inline constexpr std::string_view kEnvelopeMediaType = "application/vnd.dsse.envelope.v1+json";

// The raw bytes of a layer's signature annotation. InvalidArgument if the annotation is missing,
// empty, longer than kMaxSignatureBytes, or no base64 of the standard alphabet with padding (line
// breaks are ignored, as cosign does).
absl::StatusOr<std::string> SignatureBytes(const oci::Descriptor& layer);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_SIGNATURE_LAYER_H_
