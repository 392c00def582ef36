#ifndef COUNTERSIGN_POLICY_MOVING_KYVERNO_CLUSTER_POLICY_H_
#define COUNTERSIGN_POLICY_MOVING_KYVERNO_CLUSTER_POLICY_H_

#include <string>

#include "base/json_place.h"
#include "policy/moving/kyverno_parts.h"

namespace countersign::policy {

// Moves the rules with `verifyImages` of a ClusterPolicy (kyverno.io/v1)
// of this name; see policy/moving/kyverno_to_sigstore.h.
void MoveClusterPolicy(const base::JsonPlace& object, const std::string& name,
                       KyvernoObject& moved);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_KYVERNO_CLUSTER_POLICY_H_
