#ifndef COUNTERSIGN_VERIFIER_POLICIES_POLICY_REPORT_H_
#define COUNTERSIGN_VERIFIER_POLICIES_POLICY_REPORT_H_

#include <string>
#include <vector>

#include "base/metrics.h"
#include "verifier/policies/policy_store.h"

namespace countersign::verifier {

// What a person should know about the policy, a line for each fact:
//   policy: generation 3 is in force since 2026-01-02T03:04:05Z; keys 2, patterns 5, problems 0
//   policy: could not be read since 2026-01-02T03:04:05Z: WHY; the last good one stays in force
std::vector<std::string> DescribePolicy(const PolicyState& state);

// Writes the same as metrics, countersign_policy_*. `store` must live as long as `metrics` may be
// written.
void AddPolicyMetrics(const PolicyStore* store, base::Metrics* metrics);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_POLICY_REPORT_H_
