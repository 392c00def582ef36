#ifndef COUNTERSIGN_VERIFIER_POLICIES_POLICY_STATUS_H_
#define COUNTERSIGN_VERIFIER_POLICIES_POLICY_STATUS_H_

#include <cstddef>
#include <vector>

#include "absl/time/time.h"
#include "base/json.h"
#include "verifier/policies/policy_list.h"
#include "verifier/policies/policy_status_reporter.h"

namespace countersign::verifier {

// What the status of the policy object in this place should be, given all ClusterImagePolicies there
// are:
//   status:
//     observedGeneration: INTEGER  # metadata.generation of the object that the rest is about
//     keys: INTEGER                # in the object, broken ones included
//     images: INTEGER              # patterns, broken ones included
//     conditions:                  # metav1.Condition, by type
//     - type: Accepted
//       status: "True" | "False"
//       reason: Accepted        (True)  it is in force as a whole
//               PartlyInvalid   (False) what cannot be used is named by its path; the rest is in
//                                       force
//               Invalid         (False) it cannot be used at all
//               WrongName       (False) it is not named image-policy
//               NotTheOnlyOne   (False) there is another, so that changes of this one do not count
//       message: STRING
//       observedGeneration: INTEGER
//       lastTransitionTime: TIME
// Counts are left out where the object cannot be read. Conditions of other types are kept as they
// are, and lastTransitionTime too, unless the condition's status changes: then it is `now`. So the
// same list gives the same status in every process, and one that is stored gives itself. Pure.
base::Json BuildPolicyStatus(const PolicyList& policies, size_t index, absl::Time now);

// What of all of them is to be reported.
std::vector<ReportedObject> ReportOf(PolicyList list);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_POLICY_STATUS_H_
