#ifndef COUNTERSIGN_COSIGN_VERIFY_H_
#define COUNTERSIGN_COSIGN_VERIFY_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "cosign/signature.h"
#include "crypto/public_key.h"
#include "oci/digest.h"

namespace countersign::cosign {

// A signature that holds: made only by Verify, so whoever has one need not check again.
class VerifiedSignature {
 public:
  // The image it holds for.
  const oci::Digest& image() const { return image_; }
  // Which of the keys given to Verify made it.
  size_t key_index() const { return key_index_; }
  // The layer that carried it.
  const oci::Digest& layer() const { return layer_; }

 private:
  friend struct Verification Verify(absl::Span<const absl::StatusOr<Signature>>, const oci::Digest&,
                                    absl::Span<const crypto::PublicKey>);
  VerifiedSignature(oci::Digest image, size_t key_index, oci::Digest layer)
      : image_(std::move(image)), key_index_(key_index), layer_(std::move(layer)) {}

  oci::Digest image_;
  size_t key_index_;
  oci::Digest layer_;
};

// What came of looking at all signatures of an image with all keys.
struct Verification {
  // For each key that made a signature which holds, the first such signature; ordered by key index.
  // Empty: not verified.
  std::vector<VerifiedSignature> verified;
  // Why the others do not hold, one phrase for each signature that no key verified, in order
  // ("signature 2 of 3: its payload speaks of sha256:…, not of this image"), printable and short.
  // At most 10; where there are more, the last says how many ("and 5 more").
  std::vector<std::string> failures;
};

// Judges `signatures` (those that could not be read are errors, and only explained) for the image
// `image` with `keys`. A signature holds for a key if the key verifies it over the payload's exact
// bytes and the payload's docker-manifest-digest is exactly `image`.
//
// Pure; the work is bounded by signatures times keys, and a signature whose payload does not speak
// of `image` costs no public-key operation. Of more than kMaxSignatures none is looked at: nothing
// is verified, as with cosign, and the one failure says so.
Verification Verify(absl::Span<const absl::StatusOr<Signature>> signatures,
                    const oci::Digest& image, absl::Span<const crypto::PublicKey> keys);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_VERIFY_H_
