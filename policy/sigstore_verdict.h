#ifndef COUNTERSIGN_POLICY_SIGSTORE_VERDICT_H_
#define COUNTERSIGN_POLICY_SIGSTORE_VERDICT_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "policy/demand.h"
#include "policy/examination.h"
#include "policy/requirement.h"
#include "policy/verdict.h"

namespace countersign::policy {

// The verdict about an image as far as policies of policy.sigstore.dev ask about it, by what `demand`, one
// of the requirement's, says of them; as Judge (policy/verdict.h), but that what holds is not named. What
// does not is in Verdict::policy_failures, in the order of the policies, also of those that only warn; of
// what is not looked at, because something else denies the image anyhow, nothing is said. Pure.
Verdict JudgeSigstore(const Requirement& requirement, const Demand& demand,
                      std::string_view image_text, const absl::StatusOr<Examination>& examination);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_VERDICT_H_
