#ifndef COUNTERSIGN_VERIFIER_POLICIES_SIGSTORE_STATUS_H_
#define COUNTERSIGN_VERIFIER_POLICIES_SIGSTORE_STATUS_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "policy/problem.h"
#include "policy/sigstore/compiled_sigstore.h"
#include "verifier/policies/policy_status_reporter.h"
#include "verifier/policies/sigstore_compiler.h"
#include "verifier/policies/sigstore_lists.h"

namespace countersign::verifier {

// The statuses of policies of policy.sigstore.dev and of what belongs to them. Conditions of other
// types are kept as they are. All are pure, and the same in every process.

// Of a ClusterImagePolicy that has been put in force:
//   status:
//     observedGeneration: INTEGER
//     conditions:                # as the Policy Controller's (knative.dev/pkg/apis Condition)
//     - type: KeysInlined        # "False", InliningKeysFailed: keys that could not be read
//     - type: PoliciesInlined    # "False", InliningPoliciesFailed: what else cannot be used
//     - type: ConfigMapUpdated   # it is in force; there is no such ConfigMap of ours
//     - type: Ready              # all of them
// Messages name what is wrong by its path, and what to do.
base::Json BuildSigstorePolicyStatus(const base::Json& object,
                                     const policy::CompiledSigstoreObject& found,
                                     const std::vector<policy::Problem>& settings_problems,
                                     absl::Time now);

// Of a TrustRoot: the same but for PoliciesInlined. `problem`: why it cannot be used, or OK.
base::Json BuildTrustRootStatus(const base::Json& object, const absl::Status& problem,
                                absl::Time now);

// Of a PolicyOptions: one condition, Accepted, as of the Sign policy (policy_status.h).
base::Json BuildOptionsStatus(const base::Json& object, const policy::CompiledSigstoreObject& found,
                              absl::Time now);

// What of all of them is to be reported. `trust_problems`: of TrustRoots, by their names; those that
// are not there have none.
std::vector<ReportedObject> ReportOf(
    const SigstoreObjects& objects, const CompiledLists& compiled,
    const std::map<std::string, absl::Status, std::less<>>& trust_problems);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_SIGSTORE_STATUS_H_
