#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_TAGGED_LAYERS_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_TAGGED_LAYERS_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/byte_budget.h"
#include "verifier/evidence/evidence_layer.h"
#include "verifier/evidence/image_source.h"

namespace countersign::verifier {

// Of all blobs that the layers under one tag name, together; a real one has some hundred bytes.
// Whoever may push to a repository must not be able to fill the memory of those who look at it.
inline constexpr size_t kMaxBytesUnderTag = 16 << 20;

// The layers of a manifest, and what holds them on the allowance (MemoryOf).
struct TaggedLayers {
  EvidenceLayers layers;
  std::shared_ptr<base::HeldBytes> held;
};

// Reads the manifest under a tag of the image's repository, and its layers with `read`, when it is
// its turn; their media types decide nothing. A tag that is not there is no layers. A manifest that
// cannot be understood is one layer that could not be read, since whoever may push may put anything
// there; so is one with more than cosign::kMaxSignatures layers (Aborted).
//
// Errors are those of the registry about the manifest (registry/registry.h), except NotFound;
// ResourceExhausted where there is no room; Cancelled if it is not wanted any more; DeadlineExceeded
// if it had no turn in time.
absl::StatusOr<TaggedLayers> FetchTaggedLayers(const ImageSource& source, const std::string& tag,
                                               LayerReader read);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_TAGGED_LAYERS_H_
