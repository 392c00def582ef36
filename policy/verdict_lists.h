#ifndef COUNTERSIGN_POLICY_VERDICT_LISTS_H_
#define COUNTERSIGN_POLICY_VERDICT_LISTS_H_

#include <cstddef>

#include "policy/verdict.h"

namespace countersign::policy {

// Leaves of a verdict's lists what takes no more than `max_bytes` in an answer of the verify API: of
// the keys the first, each with its evidence, as long as there is room for that, then of the patterns
// the first, and then what else the certificates say. `evidence` is still that of the first of `keys`.
// What goes counts in `left_out`, and nothing else of the verdict changes. Pure.
void KeepListsWithin(size_t max_bytes, Verdict& verdict);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_VERDICT_LISTS_H_
