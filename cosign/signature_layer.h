#ifndef COUNTERSIGN_COSIGN_SIGNATURE_LAYER_H_
#define COUNTERSIGN_COSIGN_SIGNATURE_LAYER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "cosign/payload.h"
#include "cosign/refusal.h"
#include "crypto/public_key.h"
#include "crypto/signature_scheme.h"
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

// The raw bytes of a layer's signature annotation. InvalidArgument if the annotation is missing,
// empty, longer than kMaxSignatureBytes, or no base64 of the standard alphabet with padding (line
// breaks are ignored, as cosign does).
absl::StatusOr<std::string> SignatureBytes(const oci::Descriptor& layer);

// How `key` has signed that `payload`, a layer's blob, speaks of `image`: the payload's
// docker-manifest-digest must be exactly the image's, and the signature hold over its exact bytes.
// Else why it did not: kMalformed and kWrongArtifact, which cost no public-key operation, and
// kBadSignature. Pure.
std::variant<Refusal, crypto::SignatureScheme> VerifySignatureLayer(const Payload& payload,
                                                                    std::string_view signature,
                                                                    const oci::Digest& image,
                                                                    const crypto::PublicKey& key);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_SIGNATURE_LAYER_H_
