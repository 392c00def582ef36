#ifndef COUNTERSIGN_POLICY_LOOK_PLAN_H_
#define COUNTERSIGN_POLICY_LOOK_PLAN_H_

#include <vector>

namespace countersign::policy {

// Where in an image's repository evidence about it is kept.
enum class Place {
  kUnspecified = 0,  // nowhere
  kSignatureTag,     // cosign::SignatureTag
  kReferrers,        // manifests that refer to it (OCI distribution specification 1.1)
  kAttestationTag,   // cosign::AttestationTag
};

// Where to look, in stages, of which a place is in one at the most: after each, what has been found so
// far is judged. What allows ends the look; a denial is final only after the last stage, and there is
// none where a place could not be read. No stages: nothing is looked at.
struct LookPlan {
  using Stage = std::vector<Place>;
  std::vector<Stage> stages;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_LOOK_PLAN_H_
