#ifndef COUNTERSIGN_VERIFIER_POLICIES_SIGSTORE_REPORT_H_
#define COUNTERSIGN_VERIFIER_POLICIES_SIGSTORE_REPORT_H_

#include <string>
#include <vector>

#include "base/metrics.h"
#include "verifier/policies/policy_store.h"
#include "verifier/policies/sigstore_policies.h"

namespace countersign::verifier {

// What a person should know about the policies of policy.sigstore.dev, a line for each fact:
//   policy.sigstore.dev: 3 policies are in force since 2026-01-02T03:04:05Z; trust roots 1, options 0,
//     keys in Secrets 2, problems 0
//   policy.sigstore.dev: could not be read since 2026-01-02T03:04:05Z: WHY; what was read last stays in
//     force
std::vector<std::string> DescribeSigstorePolicies(const PolicyState& state,
                                                  const SigstoreCounts& counts);

// Writes the same as metrics, countersign_sigstore_policy_*. Both must live as long as `metrics` may be
// written.
void AddSigstoreMetrics(const PolicyStore* store, const SigstorePolicies* policies,
                        base::Metrics* metrics);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_SIGSTORE_REPORT_H_
