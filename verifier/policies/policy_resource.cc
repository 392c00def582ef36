#include "verifier/policies/policy_resource.h"

#include <string>

#include "kube/metadata.h"
#include "policy/policy_identity.h"

namespace countersign::verifier {

kube::ObjectSelection PolicySelection() {
  return {.resource = {.group = std::string(policy::kPolicyGroup),
                       .version = std::string(policy::kPolicyVersion),
                       .plural = std::string(policy::kPolicyPlural),
                       .kind = std::string(policy::kPolicyKind),
                       .kinds = "ClusterImagePolicies"},
          .spoken = "policies"};
}

kube::ObjectPath PolicyStatusPath(const base::Json& policy) {
  const std::string api_version = base::FindString(policy, "apiVersion");
  return {.group = std::string(policy::kPolicyGroup),
          .version = api_version.substr(api_version.find('/') + 1),
          .object_namespace = "",
          .resource = std::string(policy::kPolicyPlural),
          .name = kube::NameOf(policy),
          .sub_resource = "status"};
}

}  // namespace countersign::verifier
