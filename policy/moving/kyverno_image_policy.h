#ifndef COUNTERSIGN_POLICY_MOVING_KYVERNO_IMAGE_POLICY_H_
#define COUNTERSIGN_POLICY_MOVING_KYVERNO_IMAGE_POLICY_H_

#include <string>

#include "base/json_place.h"
#include "policy/moving/kyverno_parts.h"

namespace countersign::policy {

// Moves an ImageValidatingPolicy (policies.kyverno.io/v1alpha1 to v1)
// of this name; see policy/moving/kyverno_to_sigstore.h.
void MoveImageValidatingPolicy(const base::JsonPlace& object, const std::string& name,
                               KyvernoObject& moved);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_KYVERNO_IMAGE_POLICY_H_
