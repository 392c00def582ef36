#include "policy/prove.h"

#include "cosign/verify.h"

namespace countersign::policy {

absl::StatusOr<OutcomePtr> ProveDirectly(const cosign::Item& item, const cosign::Claim& claim,
                                         const cosign::Signer& signer) {
  return std::make_shared<const cosign::Outcome>(cosign::Verify(item, claim, signer));
}

}  // namespace countersign::policy
