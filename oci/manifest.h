#ifndef COUNTERSIGN_OCI_MANIFEST_H_
#define COUNTERSIGN_OCI_MANIFEST_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "oci/digest.h"

namespace countersign::oci {

// The media types of manifests (OCI image specification, media-types.md; Docker image manifest
// version 2, schema 2).
inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerManifestList =
    "application/vnd.docker.distribution.manifest.list.v2+json";

// Larger manifests are not read (OCI distribution specification, "Pushing Manifests": registries
// should take 4 MiB).
inline constexpr size_t kMaxManifestBytes = 4 << 20;

// A reference from a manifest to a blob (OCI image specification, descriptor.md).
struct Descriptor {
  std::string media_type;
  Digest digest;
  int64_t size = 0;  // bytes, not negative
  std::map<std::string, std::string> annotations;
};

// What this project reads of an image manifest: its layers. A layer whose descriptor is malformed
// must not hide the others (one broken signature does not spoil a good one), so each is judged by
// itself.
struct ImageManifest {
  // Those that are malformed are InvalidArgument, "/layers/3/digest: …".
  std::vector<absl::StatusOr<Descriptor>> layers;
};

// Reads an image manifest, OCI or Docker schema 2 (the bytes decide, not the media type a registry
// claims).
//
// Of the JSON only these parts are ever in memory. Of a manifest full of them the result can still
// take many times its bytes: let there be few results of foreign manifests at a time.
//
// InvalidArgument if the bytes are larger than kMaxManifestBytes, are no JSON object (as
// base/json_extract.h reads it) or one nested more than 16 deep, or are an index or manifest list
// (have "manifests"), the schemaVersion is not 2, or `layers` is not an array; also if what is read
// of them are more than 65,536 JSON values.
absl::StatusOr<ImageManifest> ParseImageManifest(std::string_view bytes);

}  // namespace countersign::oci

#endif  // COUNTERSIGN_OCI_MANIFEST_H_
