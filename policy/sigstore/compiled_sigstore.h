#ifndef COUNTERSIGN_POLICY_SIGSTORE_COMPILED_SIGSTORE_H_
#define COUNTERSIGN_POLICY_SIGSTORE_COMPILED_SIGSTORE_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "base/json.h"
#include "policy/policies.h"
#include "policy/problem.h"
#include "policy/sigstore/sigstore_inputs.h"

namespace countersign::policy {

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
