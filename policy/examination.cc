#include "policy/examination.h"

#include <vector>

#include "base/not_now.h"
#include "cosign/signer.h"

namespace countersign::policy {
namespace {

// The first signature that could not be read at this time, but may be the next; OK if there is
// none.
absl::Status FirstNotNow(const Evidence& evidence) {
  for (const absl::StatusOr<cosign::ItemPtr>& signature : evidence.signatures) {
    if (base::IsNotNow(signature.status())) return signature.status();
  }
  return absl::OkStatus();
}

}  // namespace

Examination Examine(const Requirement& requirement, const Evidence& evidence, const Spend& spend) {
  std::vector<cosign::SignerPtr> signers;
  signers.reserve(requirement.keys.size());
  for (const PolicyKey* key : requirement.keys) signers.push_back(*key->signer);
  return {
      .digest = evidence.digest,
      .signatures = evidence.signatures.size(),
      .verification = VerifyItems(evidence.signatures, {.image = evidence.digest}, signers, spend),
      .not_now = FirstNotNow(evidence),
      .how = evidence.how};
}

}  // namespace countersign::policy
