#ifndef COUNTERSIGN_POLICY_OCI_SOURCE_H_
#define COUNTERSIGN_POLICY_OCI_SOURCE_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "policy/evidence_source.h"

namespace countersign::policy {

// Reads where signatures and attestations lie, as an authority of policy.sigstore.dev says it (`oci` of its
// `source`): `host/path`, where the host holds a '.' or a ':', is that repository; what has no '/' is a
// registry, which may have a port, and means there the repository of each image's own path. The Policy
// Controller takes such a registry for a repository of Docker Hub's. The result has no tag prefix.
//
// InvalidArgument, in words for the author of the policy that go on a sentence about it ("its registry …"),
// if it is empty, names no registry, has a tag or digest, or is in any other way no name of a registry
// (oci::ParseRegistryName) or a repository (oci::ImageReference), or of Docker Hub without the whole path
// (`library/`). Pure.
absl::StatusOr<EvidenceSource> ParseOciSource(std::string_view oci);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_OCI_SOURCE_H_
