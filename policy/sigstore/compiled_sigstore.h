#ifndef COUNTERSIGN_POLICY_SIGSTORE_COMPILED_SIGSTORE_H_
#define COUNTERSIGN_POLICY_SIGSTORE_COMPILED_SIGSTORE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/json.h"
#include "cosign/trusted_root.h"
#include "policy/namespace_rule.h"
#include "policy/policies.h"
#include "policy/problem.h"

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

// What there is to say about an object.
struct CompiledSigstoreObject {
  // What cannot be used: it denies what it would have decided, and the rest is in force.
  std::vector<Problem> problems;
  // Of them, those that are about keys that could not be read.
  std::vector<Problem> unread_keys;
  // What can be used and is odd.
  std::vector<Problem> warnings;
};

struct CompiledSigstore {
  // In the orders of the inputs.
  std::vector<CompiledSigstoreObject> image_policies;
  std::vector<CompiledSigstoreObject> options;
  std::vector<Problem> settings_problems;
  // What is in force of them; never null. Whatever could not be read of a policy is in it as something
  // that nothing can satisfy.
  PoliciesPtr policies;
};

// The one reading of these objects. Pure.
CompiledSigstore CompileSigstore(const SigstoreInputs& inputs);

// What the objects name that must be read elsewhere, each once, in order: Secrets with keys, in the
// installation's namespace, and the URIs of keys that a key management service has.
struct SigstoreReferences {
  std::vector<std::string> secrets;
  std::vector<std::string> kms_uris;
};
SigstoreReferences FindReferences(absl::Span<const base::Json* const> image_policies);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_COMPILED_SIGSTORE_H_
