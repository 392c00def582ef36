#ifndef COUNTERSIGN_POLICY_VERIFICATION_H_
#define COUNTERSIGN_POLICY_VERIFICATION_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "cosign/item.h"
#include "cosign/outcome.h"
#include "cosign/signature_layer.h"
#include "cosign/signer.h"
#include "policy/prove.h"

namespace countersign::policy {

// One of the items holds by one of the signers.
struct VerifiedItem {
  // Their places among those that VerifyItems was given.
  size_t signer;
  size_t item;
  cosign::Verified proof;
};

// What came of looking at all items of an image with all signers.
struct Verification {
  // For each signer by whom an item holds, the first such item; ordered by the signers' places.
  // Empty: not verified.
  std::vector<VerifiedItem> verified;
  // Where none holds, why not: one phrase for each item that was looked at, in order ("signature 2
  // of 3: its payload speaks of sha256:…, not of this image"), printable and short. At most 10;
  // where there are more, the last says how many ("and 5 more").
  std::vector<std::string> failures;
  // Why not everything was looked at: the error of `prove`.
  absl::Status stopped;
};

// As many as all places together give whose readers keep to their own limits, and more: in one of them
// nobody can have so many that those of another are not looked at.
inline constexpr size_t kMaxItems = 4 * cosign::kMaxSignatures;

// Judges `items` (those that could not be read are errors, and only explained) for `claim` with
// `signers`.
//
// Pure but for `prove`, which does all the work. An item that is refused whoever the signer is, as
// one that speaks of another image, is asked about once, and costs no public-key operation; signers
// are tried from the cheapest on, each until an item holds by it. So the work is bounded by items
// times signers. What holds already, holds, when an error of `prove` ends it. Of more than kMaxItems
// none is looked at: nothing is verified, and the one failure says so.
Verification VerifyItems(absl::Span<const absl::StatusOr<cosign::ItemPtr>> items,
                         const cosign::Claim& claim, absl::Span<const cosign::SignerPtr> signers,
                         Prove prove = ProveDirectly);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_VERIFICATION_H_
