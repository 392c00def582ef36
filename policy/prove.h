#ifndef COUNTERSIGN_POLICY_PROVE_H_
#define COUNTERSIGN_POLICY_PROVE_H_

#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "cosign/item.h"
#include "cosign/outcome.h"
#include "cosign/signer.h"

namespace countersign::policy {

using OutcomePtr = std::shared_ptr<const cosign::Outcome>;

// What comes of an item for a claim and a signer: what cosign::Verify says, never null, however it
// is found out; the seam for the work that is dear. An error: it was not found out, and nothing more
// is to be asked, for a reason that people are told. It may block.
using Prove = absl::FunctionRef<absl::StatusOr<OutcomePtr>(
    const cosign::Item& item, const cosign::Claim& claim, const cosign::Signer& signer)>;

// Asks cosign::Verify.
absl::StatusOr<OutcomePtr> ProveDirectly(const cosign::Item& item, const cosign::Claim& claim,
                                         const cosign::Signer& signer);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_PROVE_H_
