#ifndef COUNTERSIGN_POLICY_MOVING_KYVERNO_TO_SIGSTORE_H_
#define COUNTERSIGN_POLICY_MOVING_KYVERNO_TO_SIGSTORE_H_

#include "absl/types/span.h"
#include "base/json.h"
#include "policy/moving/translation.h"

namespace countersign::policy {

// Kyverno's policies about signatures as ClusterImagePolicies of policy.sigstore.dev, with
// PolicyOptions where only those can say it: a ClusterPolicy's verifyImages (kyverno.io/v1), and an
// ImageValidatingPolicy (policies.kyverno.io). Everything else that is in them is a difference, with
// its JSON pointer, and where that leaves a policy without anybody to ask, it denies.
//
// Each set of attestors becomes a policy, as all of them must hold; so does each attestation. Never
// exact: how the two look for images and evidence differs, as the notes say. Pure.
Translation KyvernoToSigstore(absl::Span<const base::Json> objects);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_KYVERNO_TO_SIGSTORE_H_
