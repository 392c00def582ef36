#ifndef COUNTERSIGN_POLICY_SIGSTORE_ROOT_KNOWLEDGE_H_
#define COUNTERSIGN_POLICY_SIGSTORE_ROOT_KNOWLEDGE_H_

#include "cosign/trusted_root.h"
#include "policy/sigstore/check_settings.h"

namespace countersign::policy {

// What a review of policies (policy/sigstore/check.h) goes by of trusted roots. Pure.

// The addresses in the root that holds where none is named, in place of those that `check` has.
void TakeDefaultRoot(const cosign::TrustedRoot& root, CheckSettings& check);

TrustRootAbilities AbilitiesOf(const cosign::TrustedRoot& root);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_ROOT_KNOWLEDGE_H_
