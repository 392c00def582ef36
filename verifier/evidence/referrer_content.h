#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_REFERRER_CONTENT_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_REFERRER_CONTENT_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "oci/digest.h"
#include "oci/manifest.h"
#include "verifier/evidence/evidence_layer.h"

namespace countersign::verifier {

// The evidence that a manifest names which refers to an image. None: it is somebody else's business.
struct ReferrerContent {
  struct Bundle {
    oci::Digest digest;
    size_t size = 0;
    std::string data;  // it, where its manifest embeds it (oci::Descriptor::data); else empty
  };
  std::optional<Bundle> bundle;
  // The layers, if they are signatures, and if they are attestations (ReadLayers).
  EvidenceLayers signatures;
  EvidenceLayers attestations;

  // What these take in memory, about, which can be many times the bytes of the manifest.
  size_t memory_bytes() const {
    return MemoryOf(signatures) + MemoryOf(attestations) +
           (bundle.has_value() ? bundle->data.size() : 0);
  }
};

// Says what a manifest holds by the media type of its first layer (cosign/layer_form.h), and by nothing
// else: a Sigstore bundle, which is its one layer, or signatures or attestations, as under their tags.
// InvalidArgument if the first layer is malformed, or a bundle is one of several layers; Aborted if a
// bundle is larger than is read. Pure, but it may keep a processor busy.
absl::StatusOr<ReferrerContent> ContentOfReferrer(const oci::ImageManifest& manifest);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_REFERRER_CONTENT_H_
