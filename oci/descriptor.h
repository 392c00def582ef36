#ifndef COUNTERSIGN_OCI_DESCRIPTOR_H_
#define COUNTERSIGN_OCI_DESCRIPTOR_H_

#include <cstddef>
#include <cstdint>
#include <limits>
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

// Larger manifests and indexes are not read (OCI distribution specification, "Pushing Manifests":
// registries should take 4 MiB).
inline constexpr size_t kMaxManifestBytes = 4 << 20;

// A reference to a blob or manifest (OCI image specification, descriptor.md).
struct Descriptor {
  std::string media_type;
  Digest digest;
  int64_t size = 0;  // bytes, not negative
  std::map<std::string, std::string> annotations;
  // What a manifest is said to hold by the index that lists it; empty: it does not say.
  std::string artifact_type;
  // The content itself, where the descriptor has it embedded (descriptor.md, "Embedded Content"): it has
  // `digest` and `size` bytes, as it SHOULD be verified to have, so that it is no less proved than what is
  // fetched. Empty: there is none, or what is there is no base64 of it, and says nothing.
  std::string data;
};

// A kind of document that lists descriptors.
struct DescriptorList {
  // The member that is the list, and what is read of its elements beside what each must have.
  std::string_view member;
  bool may_be_absent = false;  // null too: then it is empty
  bool with_annotations = false;
  bool with_artifact_type = false;
  bool with_data = false;
  // Of its elements no more than the first so many are read.
  size_t most = std::numeric_limits<size_t>::max();
  // A member that makes it a document of another kind, and what it is then.
  std::string_view other_member;
  std::string_view other_kind;  // "it is an index of manifests"
};

// Reads the list of a document of this kind. Each descriptor is judged by itself: those that are
// malformed are InvalidArgument, "/layers/3/digest: …", and hide no others.
//
// Of the JSON only these parts are ever in memory. Of a document full of them the result can still
// take many times its bytes: let there be few results of foreign documents at a time.
//
// InvalidArgument if the bytes are larger than kMaxManifestBytes, are no JSON object (as
// base/json_extract.h reads it) or one nested more than 16 deep, have the other member, the
// schemaVersion is not 2, or the list is no array, nor may be absent and is; also if what is read of it are more than 65,536
// JSON values.
absl::StatusOr<std::vector<absl::StatusOr<Descriptor>>> ReadDescriptors(std::string_view bytes,
                                                                        const DescriptorList& kind);

}  // namespace countersign::oci

#endif  // COUNTERSIGN_OCI_DESCRIPTOR_H_
