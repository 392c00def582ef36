#include "policy/examination.h"

#include <vector>

#include "base/not_now.h"
#include "crypto/public_key.h"

namespace countersign::policy {
namespace {

// The first signature that could not be read at this time, but may be the next; OK if there is
// none.
absl::Status FirstNotNow(const Evidence& evidence) {
  for (const absl::StatusOr<cosign::Signature>& signature : evidence.signatures) {
    if (base::IsNotNow(signature.status())) return signature.status();
  }
  return absl::OkStatus();
}

}  // namespace

Examination Examine(const Requirement& requirement, const Evidence& evidence,
                    const cosign::Spend& spend) {
  std::vector<crypto::PublicKey> keys;
  keys.reserve(requirement.keys.size());
  for (const PolicyKey* key : requirement.keys) keys.push_back(*key->key);
  return {.digest = evidence.digest,
          .signatures = evidence.signatures.size(),
          .verification = cosign::Verify(evidence.signatures, evidence.digest, keys, spend),
          .not_now = FirstNotNow(evidence),
          .how = evidence.how};
}

}  // namespace countersign::policy
