#ifndef COUNTERSIGN_POLICY_EVIDENCE_H_
#define COUNTERSIGN_POLICY_EVIDENCE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cosign/item.h"
#include "oci/digest.h"
#include "policy/look_plan.h"

namespace countersign::policy {

// Items, in the order in which they are kept; those that could not be read as errors, which leave an
// image undecided that no other item verifies if they are base::IsTransient.
using Items = std::vector<absl::StatusOr<cosign::ItemPtr>>;

// What was found in one place. No items: there is nothing.
struct PlaceItems {
  Place place = Place::kUnspecified;
  Items items;
};

// What was found in the registry about an image.
struct Evidence {
  // The digest that the reference means.
  oci::Digest digest;
  // Of each place that was looked at, in that order.
  std::vector<PlaceItems> by_place;
  // The credentials that it was looked for with, and what came of each, for the explanation of a
  // denial ("imagePullSecret shop/regcred (refused), anonymous (no signature)"). May be empty.
  std::string how;

  bool IsEmpty() const;
  // Those of all places, in order.
  Items AllItems() const;
};

// Marks the error that says why there is no evidence: it was not found out which digest the image's tag
// means.
absl::Status Unresolved(absl::Status why);
bool IsUnresolved(const absl::Status& why);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_EVIDENCE_H_
