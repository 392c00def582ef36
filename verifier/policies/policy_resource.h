#ifndef COUNTERSIGN_VERIFIER_POLICIES_POLICY_RESOURCE_H_
#define COUNTERSIGN_VERIFIER_POLICIES_POLICY_RESOURCE_H_

#include "base/json.h"
#include "kube/client/object_store.h"
#include "kube/object_selection.h"

namespace countersign::verifier {

// What the policies of a cluster are in the Kubernetes API: all ClusterImagePolicies, which are
// listed and watched in version policy::kPolicyVersion, whatever else they are served in.
kube::ObjectSelection PolicySelection();

// Where the status of one of them is written, in the version that the object has.
kube::ObjectPath PolicyStatusPath(const base::Json& policy);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_POLICY_RESOURCE_H_
