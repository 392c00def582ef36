#ifndef COUNTERSIGN_POLICY_SIGN_DEMAND_H_
#define COUNTERSIGN_POLICY_SIGN_DEMAND_H_

#include <optional>
#include <vector>

#include "policy/demand.h"
#include "policy/policies.h"

namespace countersign::policy {

// What the Sign policy (policy/sign_policy.h) asks of every image of a workload, if that is certain
// whatever the image is called: kNoPolicy or kExcludedNamespace. Pure.
std::optional<Demand> SignDemandForAnyImage(const Policies& in_force, const Workload& workload);

// What it asks of an image that these policies match (Policies::Matching), where nothing is certain
// for all images. Where several match, one of them is enough. An image that none matches is
// impossible to satisfy as long as there are patterns that cannot be read, for one of them may have
// been meant. Pure.
Demand SignDemand(const Policies& in_force, const Workload& workload,
                  const std::vector<const Policy*>& matching);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGN_DEMAND_H_
