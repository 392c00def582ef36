#ifndef COUNTERSIGN_POLICY_SIGSTORE_SIGSTORE_INPUTS_H_
#define COUNTERSIGN_POLICY_SIGSTORE_SIGSTORE_INPUTS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "cosign/trusted_root.h"
#include "policy/namespace_rule.h"

namespace countersign::policy {

// All that policies of policy.sigstore.dev are made of at one moment. None of the objects is null.
struct SigstoreInputs {
  std::vector<const base::Json*> image_policies;  // ClusterImagePolicy v1alpha1, v1beta1
  std::vector<const base::Json*> options;         // PolicyOptions
  // The ConfigMap `config-policy-controller`; null: there is none.
  const base::Json* settings = nullptr;
  // What the policies' references mean. What is not there could not be read.
  std::map<std::string, absl::StatusOr<std::string>, std::less<>> secret_keys;  // Secret: PEM
  std::map<std::string, std::string, std::less<>> kms_keys;                     // URI: PEM
  std::map<std::string, absl::StatusOr<std::shared_ptr<const cosign::TrustedRoot>>, std::less<>>
      trust_roots;
  // Where nothing else is named; null: nobody is trusted.
  std::shared_ptr<const cosign::TrustedRoot> default_root;
  NamespaceRule namespaces;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_SIGSTORE_INPUTS_H_
