#ifndef COUNTERSIGN_POLICY_MOVING_SIGSTORE_TO_SIGN_H_
#define COUNTERSIGN_POLICY_MOVING_SIGSTORE_TO_SIGN_H_

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/json.h"
#include "policy/moving/sign_to_policy_controller.h"
#include "policy/moving/translation.h"
#include "policy/step_budget.h"

namespace countersign::policy {

// ClusterImagePolicies of policy.sigstore.dev, with their PolicyOptions and the ConfigMap
// `config-policy-controller`, as the one policy of Sign.
//
// Sign has enforced policies of keys that are written in them, and nothing else: what has no place in
// it is a difference, with its JSON pointer. With kStricter its policy denies what it selects, by a key
// that nobody has, as one with a static fail does; with kLooser it is left out, as what only warns or
// passes always is. Globs become the patterns
// that are next to them, and what tells the two apart is a difference with a name. A `g@**` is read
// as the Policy Controller means it, where every image has a digest: as g with any tag.
//
// Where several policies select an image all must hold, and one entry of Sign's is enough. So a glob
// inside a policy whose keys are among its own policy's is left out, as the other one decides; what
// else overlaps cannot be said: with kStricter that is FailedPrecondition, which says where, and with
// kLooser one of them is then enough. Policies that are all in one group of PolicyOptions are as
// Sign's entries are. Pure.
absl::StatusOr<Translation> SigstoreToSign(absl::Span<const base::Json> objects,
                                           OnOverlap on_overlap, StepBudget& steps);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_SIGSTORE_TO_SIGN_H_
