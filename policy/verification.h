#ifndef COUNTERSIGN_POLICY_VERIFICATION_H_
#define COUNTERSIGN_POLICY_VERIFICATION_H_

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "cosign/signature_layer.h"
#include "crypto/public_key.h"
#include "oci/digest.h"

namespace countersign::cosign {

// Is asked before each piece of work, with what it costs in units of one ECDSA P-256 verification
// (crypto::PublicKey::Cost). An error ends the work; it may block.
using Spend = std::function<absl::Status(size_t units)>;

// A signature that holds: made only by Verify, so whoever has one need not check again.
class VerifiedSignature {
 public:
  // The image it holds for.
  const oci::Digest& image() const { return image_; }
  // Which of the keys given to Verify made it.
  size_t key_index() const { return key_index_; }
  // Which of the signatures given to Verify it is.
  size_t signature_index() const { return signature_index_; }

 private:
  friend struct Verification Verify(absl::Span<const absl::StatusOr<Signature>>, const oci::Digest&,
                                    absl::Span<const crypto::PublicKey>, const Spend&);
  VerifiedSignature(oci::Digest image, size_t key_index, size_t signature_index)
      : image_(std::move(image)), key_index_(key_index), signature_index_(signature_index) {}

  oci::Digest image_;
  size_t key_index_;
  size_t signature_index_;
};

// What came of looking at all signatures of an image with all keys.
struct Verification {
  // For each key that made a signature which holds, the first such signature; ordered by key index.
  // Empty: not verified.
  std::vector<VerifiedSignature> verified;
  // Where none holds, why not: one phrase for each signature that was looked at, in order
  // ("signature 2 of 3: its payload speaks of sha256:…, not of this image"), printable and short.
  // At most 10; where there are more, the last says how many ("and 5 more").
  std::vector<std::string> failures;
  // Why not everything was looked at: the error of `spend`.
  absl::Status stopped;
};

// Judges `signatures` (those that could not be read are errors, and only explained) for the image
// `image` with `keys`. A signature holds for a key if the key verifies it over the payload's exact
// bytes and the payload's docker-manifest-digest is exactly `image`.
//
// Pure. A signature whose payload does not speak of `image` costs no public-key operation; keys are
// tried from the cheapest on, each until a signature holds for it. So the work is bounded by
// signatures times keys, and by `spend`, if given: what holds already, holds, when that ends it. Of
// more than kMaxSignatures none is looked at: nothing is verified, as with cosign, and the one
// failure says so.
Verification Verify(absl::Span<const absl::StatusOr<Signature>> signatures,
                    const oci::Digest& image, absl::Span<const crypto::PublicKey> keys,
                    const Spend& spend = nullptr);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_POLICY_VERIFICATION_H_
