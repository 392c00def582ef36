#ifndef COUNTERSIGN_POLICY_SIGSTORE_DEMAND_H_
#define COUNTERSIGN_POLICY_SIGSTORE_DEMAND_H_

#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "policy/demand.h"
#include "policy/policies.h"
#include "policy/policy.h"

namespace countersign::policy {

// Why a policy that selects an image asks nothing of it in a workload.
enum class Silence {
  kNone = 0,   // it asks
  kEnded,      // its effectiveUntil has passed
  kNamespace,  // the namespace's labels are not what its namespaceSelector wants
  kObject,     // it is for other kinds of objects, or for objects with other labels
};

// With these terms. What is not known of the workload is as the policy wants it. Pure.
Silence SilenceOf(const Terms& terms, const Workload& workload);

// How it is asked at that moment: before its effectiveFrom it only warns. Pure.
Mode ModeAt(const Terms& terms, absl::Time now);

// What the policies of policy.sigstore.dev ask of every image of a workload, if that is certain whatever
// the image is called: kNoPolicy, where the language is not in use, or there is no policy and it is not
// known whether they ask in the namespace; kExcludedNamespace, where they do not. A namespace whose
// labels are not known is one in which they ask, as long as there is any. Pure.
std::optional<Demand> SigstoreDemandForAnyImage(const Policies& in_force, const Workload& workload);

// What they ask of an image that these select (Policies::Selecting), where nothing is certain for all
// images. All must hold, but for those of a group, of which one is enough; those that only warn are told
// of. Where none covers the image, the no-match rule says what becomes of it, beside what those say that
// select it. Pure.
Demand SigstoreDemand(const Policies& in_force, const Workload& workload,
                      const std::vector<Selection>& selecting);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_DEMAND_H_
