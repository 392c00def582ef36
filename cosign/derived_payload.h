#ifndef COUNTERSIGN_COSIGN_DERIVED_PAYLOAD_H_
#define COUNTERSIGN_COSIGN_DERIVED_PAYLOAD_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "cosign/payload.h"
#include "oci/digest.h"
#include "oci/image_reference.h"

namespace countersign::cosign {

// What `cosign sign` writes, byte for byte, for the image with this digest in a repository that it calls
// `docker_reference`, if it is told nothing else: a payload without annotations (sigstore/sigstore,
// pkg/signature/payload/payload.go at 3ac7ff5; sigstore/cosign, cmd/cosign/cli/sign/sign.go at d6d86c2).
// The name has no character that JSON escapes: it is one of DockerReferences.
std::string DerivePayload(std::string_view docker_reference, const oci::Digest& image);

// The names by which cosign may have called the repository, the likeliest first: it writes the registry
// as it was told, but for docker.io, which is index.docker.io, and no tag (google/go-containerregistry,
// pkg/name/registry.go at 2f91ae9). So all of Docker Hub's names, and any other one with and without
// the port of HTTPS.
std::vector<std::string> DockerReferences(const oci::Repository& repository);

// The payloads that cosign would have written for an image, by their digests. They are hashed when this
// is made. Immutable, so thread-safe.
//
// A layer whose digest one of them has needs no blob: its content is proved by just what proves that of
// a blob that was fetched (OCI image specification, descriptor.md, "Digests": content that has the digest
// is the content, whatever its source). Nothing else is believed: who signed it, and of which image
// it speaks, is judged as of any payload.
class DerivedPayloads {
 public:
  // By what the image's repositories are called: it may have been signed in any of them.
  DerivedPayloads(absl::Span<const oci::Repository* const> repositories, const oci::Digest& image);

  // The one with this digest; null: none has it.
  std::shared_ptr<const Payload> Find(const oci::Digest& layer) const;

 private:
  absl::flat_hash_map<oci::Digest, std::string> bytes_of_;
};

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_DERIVED_PAYLOAD_H_
