#ifndef COUNTERSIGN_POLICY_VERDICT_LISTS_H_
#define COUNTERSIGN_POLICY_VERDICT_LISTS_H_

#include <cstddef>

#include "policy/verdict.h"

namespace countersign::policy {

// At most so many findings of policies, and so many bytes of them.
inline constexpr size_t kMaxPolicyFailures = 20;
inline constexpr size_t kMaxPolicyFailureBytes = 8 << 10;

// Leaves of a verdict's lists what takes no more than `max_bytes` in an answer of the verify API, together
// with the sentence of a denial. First what policies found wanting, of which the first is there whatever
// room there is, cut to kLeastPolicyFailureBytes if need be, and the last says how many are not; then of
// the keys the first, each with its evidence, as long as there is room for that, then of the patterns
// the first, and then what else the certificates say. `evidence` is still that of the first of `keys`.
// What goes of these three counts in `left_out`, and nothing else of the verdict changes. Pure.
inline constexpr size_t kLeastPolicyFailureBytes = 512;
void KeepListsWithin(size_t max_bytes, Verdict& verdict);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_VERDICT_LISTS_H_
