#ifndef COUNTERSIGN_COSIGN_LAYER_FORM_H_
#define COUNTERSIGN_COSIGN_LAYER_FORM_H_

#include <cstddef>
#include <string_view>

namespace countersign::cosign {

// As what the layers of a manifest are read.
enum class LayerForm {
  kUnspecified = 0,  // not at all
  kSignature,        // signed payloads (cosign/signature_layer.h)
  kAttestation,      // DSSE envelopes (cosign/signed_envelope.h)
  kBundle,           // a Sigstore bundle (cosign/bundle.h)
};

// The media types, and the artifact types, of bundles of every version begin so.
inline constexpr std::string_view kBundleMediaTypes = "application/vnd.dev.sigstore.bundle";

// What a manifest that is under no tag of cosign's has, by the media type of its first layer:
//   application/vnd.dev.sigstore.bundle…               a bundle
//   application/vnd.dev.cosign.simplesigning.v1+json   signatures
//   application/vnd.dsse.envelope.v1+json              attestations
// and anything else is somebody else's.
LayerForm FormOfLayers(std::string_view media_type);

// Larger blobs are not read as that.
size_t MaxBlobBytes(LayerForm form);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_LAYER_FORM_H_
