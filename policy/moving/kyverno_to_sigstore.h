#ifndef COUNTERSIGN_POLICY_MOVING_KYVERNO_TO_SIGSTORE_H_
#define COUNTERSIGN_POLICY_MOVING_KYVERNO_TO_SIGSTORE_H_

#include "absl/types/span.h"
#include "base/json.h"
#include "policy/moving/translation.h"
#include "policy/step_budget.h"

namespace countersign::policy {

// Kyverno's policies about signatures as ClusterImagePolicies of policy.sigstore.dev, with
// PolicyOptions where only those can say it and the target reads them: the verifyImages of a ClusterPolicy
// or Policy (kyverno.io/v1), and an ImageValidatingPolicy, namespaced or not (policies.kyverno.io).
// Everything else that is in them is a difference, with its JSON pointer. What asks for something and
// cannot be said makes a policy that denies; where less is asked all the same, the difference has the
// name of an image.
//
// Each set of attestors becomes a policy, as all of them must hold, and for the Policy Controller each
// entry of it; so does each attestation. Names are each given once. Never exact: how the two look for
// images and evidence differs, as the notes say. Pure.
Translation KyvernoToSigstore(absl::Span<const base::Json> objects, Target target,
                              StepBudget& steps);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_KYVERNO_TO_SIGSTORE_H_
