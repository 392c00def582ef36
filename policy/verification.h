#ifndef COUNTERSIGN_POLICY_VERIFICATION_H_
#define COUNTERSIGN_POLICY_VERIFICATION_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cosign/form.h"
#include "cosign/item.h"
#include "cosign/outcome.h"
#include "cosign/signature_layer.h"
#include "oci/digest.h"
#include "policy/asked.h"
#include "policy/prove.h"

namespace countersign::policy {

// One of the items is what one of those asks for that are asked.
struct VerifiedItem {
  // Their indexes among those that VerifyItems was given.
  size_t signer;
  size_t item;
  cosign::Form form;  // the item's
  cosign::Verified proof;
};

// Why there is no item of what is asked for.
struct ToldApart {
  // As in Verification, but that cosign's words come first where it has any (policy/refusal_words.h);
  // nothing if there are no items.
  std::vector<std::string> failures;
  // Where all items are of another kind: the types of the attestations among them (Failures::OtherTypes).
  std::vector<std::string> other_types;
};

// What came of looking at all items of an image for all that is asked.
struct Verification {
  // For each of those asked for that there is an item of, the first such item of those with the fewest
  // witnesses; ordered by their indexes. Empty: not verified.
  std::vector<VerifiedItem> verified;
  // Where none holds, why not, and of how many of the items it is known that they are of another kind
  // than all that is asked for (policy/failures.h), and whether there may be more of those than items.
  std::vector<std::string> failures;
  size_t others = 0;
  bool may_be_more_others = false;
  // Of those asked for that are to be told apart and of which there is no item, by their indexes: why
  // none holds. Of the first kMaxToldApart.
  std::map<size_t, ToldApart> told_apart;
  // Why not everything was looked at: the error of `prove`.
  absl::Status stopped;
};

inline constexpr size_t kMaxToldApart = 20;

// As many as all places together give whose readers keep to their own limits, and more: in one of them
// nobody can have so many that those of another are not looked at.
inline constexpr size_t kMaxItems = 4 * cosign::kMaxSignatures;

// Judges `items` (those that could not be read are errors, and only explained), whether they are of
// `image` and what is `asked`.
//
// One that holds must also say what is asked for of it (policy/stipulations.h), as it is at `now`; that is
// found out each time.
//
// Pure but for `prove`, which does all the other work. An item that is refused whoever the signer is, as
// one that speaks of another image, is asked about once for each type of predicate, and costs no
// public-key operation; signers are tried from the cheapest on, each on the items with the fewest
// witnesses first, until one holds by it. So the work is bounded by items times those asked for. What
// holds already, holds, when an error of `prove` ends it. Of more than kMaxItems none is looked at:
// nothing is verified, and the one failure says so.
Verification VerifyItems(absl::Span<const absl::StatusOr<cosign::ItemPtr>> items,
                         const oci::Digest& image, absl::Span<const Asked> asked,
                         Prove prove = ProveDirectly, absl::Time now = absl::InfinitePast());

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_VERIFICATION_H_
