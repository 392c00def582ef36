#ifndef COUNTERSIGN_VERIFIER_POLICIES_POLICY_RESOURCE_H_
#define COUNTERSIGN_VERIFIER_POLICIES_POLICY_RESOURCE_H_

#include <string>
#include <vector>

#include "base/json.h"
#include "kube/client/object_store.h"
#include "kube/object_selection.h"

namespace countersign::verifier {

// What the policies of a cluster are in the Kubernetes API.

// Those of the Sign policy's language: all ClusterImagePolicies of its group, which are listed and
// watched in version policy::kPolicyVersion, whatever else they are served in.
kube::ObjectSelection PolicySelection();

// Those of policy.sigstore.dev, in whatever version they were written, and what they name.
kube::ObjectSelection SigstorePolicySelection();
kube::ObjectSelection TrustRootSelection();
// What is said beside them in objects of ours, PolicyOptions.
kube::ObjectSelection PolicyOptionsSelection();
// The one ConfigMap `config-policy-controller` of a namespace.
kube::ObjectSelection PolicySettingsSelection(const std::string& config_namespace);
// All namespaces, of which only the labels are kept.
kube::ObjectSelection NamespaceSelection();

// All of those but the Sign policy's.
std::vector<kube::ObjectSelection> SigstoreSelections(const std::string& config_namespace);

// Where the status of an object of `resource` is written, in the version that the object has.
kube::ObjectPath StatusPath(const kube::Resource& resource, const base::Json& object);

// The same of a policy of the Sign policy's language.
kube::ObjectPath PolicyStatusPath(const base::Json& policy);

// Whether the Policy Controller of Sigstore still looks after the object, which then has its finalizer:
// the status is that one's to write.
bool IsOfPolicyController(const base::Json& object);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_POLICY_RESOURCE_H_
