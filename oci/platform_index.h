#ifndef COUNTERSIGN_OCI_PLATFORM_INDEX_H_
#define COUNTERSIGN_OCI_PLATFORM_INDEX_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "oci/digest.h"

namespace countersign::oci {

// Larger documents are not read as indexes of platforms: one of 256 manifests has some 100 KiB.
inline constexpr size_t kMaxPlatformIndexBytes = 1 << 20;

// A manifest that an index lists, of which a node chooses one by its platform.
struct PlatformManifest {
  Digest digest;
  // "linux/arm64/v8", of any bytes; "": it says none, and a node reads that in the image.
  std::string platform;
  // By what is said of it, it is another index.
  bool is_index = false;
  // Whether a node may run it. None runs what is of the platform unknown/unknown, which no node is of, and
  // has the annotation vnd.docker.reference.type: attestation-manifest: so BuildKit keeps attestations
  // (docs.docker.com, "Image attestation storage").
  bool may_run = true;
};

// What of a manifest says which images a node may choose from.
struct PlatformIndex {
  // It is an index, or a manifest list; else the image, or something else, of its own.
  bool is_index = false;
  std::vector<PlatformManifest> manifests;  // in order
};

// Reads the manifest that an image's digest means (OCI image specification, image-index.md; Docker
// manifest list version 2), as every node reads it. Nothing may be hidden from us that a node sees, and
// nodes are written in Go, whose reader takes names of members in any case, and the last of those that
// are there twice. So whatever could be read in two ways is refused.
//
// InvalidArgument if the bytes are more than kMaxPlatformIndexBytes, no JSON object (as base/json.h reads
// it) or one of more than 10,000 values or nested more than 16 deep; if a name that matters is written in
// another case; if an index is of another media type, or has what makes it an image's manifest, too; and
// "/manifests/3/digest: …" where an element is malformed. Pure.
absl::StatusOr<PlatformIndex> ParsePlatformIndex(std::string_view bytes);

}  // namespace countersign::oci

#endif  // COUNTERSIGN_OCI_PLATFORM_INDEX_H_
