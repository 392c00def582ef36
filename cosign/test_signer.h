#ifndef COUNTERSIGN_COSIGN_TEST_SIGNER_H_
#define COUNTERSIGN_COSIGN_TEST_SIGNER_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "cosign/item.h"
#include "crypto/test_key.h"
#include "oci/digest.h"

namespace countersign::cosign {

// Signs images in memory as `cosign sign --key` does, for tests only.
class TestSigner {
 public:
  explicit TestSigner(crypto::TestKey key) : key_(std::move(key)) {}

  // The payload that cosign writes for the image with this digest.
  static std::string Payload(const oci::Digest& image,
                             std::string_view docker_reference = "registry.example.org/app");

  // A signature that holds for `image`.
  ItemPtr Sign(const oci::Digest& image) const { return SignPayload(Payload(image)); }

  // A signature over any bytes.
  ItemPtr SignPayload(std::string payload,
                      crypto::TestScheme scheme = crypto::TestScheme::kDefault) const;

  const crypto::TestKey& key() const { return key_; }

 private:
  crypto::TestKey key_;
};

// What `cosign sign` pushes under the tag SignatureTag(image).
struct SignatureArtifact {
  // An OCI image manifest with a layer for each signature.
  std::string manifest;
  // The blobs that it names: the config, then the payload of each layer.
  std::vector<std::string> blobs;
};
SignatureArtifact SignatureManifest(absl::Span<const ItemPtr> signatures);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_TEST_SIGNER_H_
