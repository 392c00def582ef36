#ifndef COUNTERSIGN_OCI_INDEX_H_
#define COUNTERSIGN_OCI_INDEX_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace countersign::oci {

// What this project reads of an image index, such as the list of the manifests that refer to an image
// (OCI distribution specification, "Listing Referrers"): the manifests, without their annotations.
struct ImageIndex {
  // In order. Those that are malformed are InvalidArgument, "/manifests/3/digest: …".
  std::vector<absl::StatusOr<Descriptor>> manifests;
};

// Reads an OCI image index (the bytes decide, not the media type a registry claims). A list of none
// may be null or absent, as registries that are written in Go answer. Costs, and errors, are those of
// ReadDescriptors (oci/descriptor.h); the manifest of an image (which has "layers") is one.
absl::StatusOr<ImageIndex> ParseImageIndex(std::string_view bytes);

// The tag under which clients keep the index of what refers to `subject` where the registry does not
// ("Referrers Tag Schema" there): "sha256-<hex>".
std::string ReferrersTag(const Digest& subject);

}  // namespace countersign::oci

#endif  // COUNTERSIGN_OCI_INDEX_H_
