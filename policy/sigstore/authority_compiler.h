#ifndef COUNTERSIGN_POLICY_SIGSTORE_AUTHORITY_COMPILER_H_
#define COUNTERSIGN_POLICY_SIGSTORE_AUTHORITY_COMPILER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "cosign/identity.h"
#include "policy/policy.h"
#include "policy/problem.h"
#include "policy/sigstore/authority_spec.h"
#include "policy/sigstore/policy_options.h"
#include "policy/sigstore/sigstore_inputs.h"

namespace countersign::policy {

// What is wrong with an authority, as CompiledSigstoreObject has it.
struct AuthorityProblems {
  std::vector<Problem> problems;
  std::vector<Problem> unread_keys;
};

// Makes of an authority of a policy, the one with this index, what it asks for; whatever it names is looked
// up in `inputs`, and its expressions are `regexps`. What cannot be used of it makes the whole broken, and
// is added to `problems` with its pointer. Pure.
Authority CompileAuthority(const AuthoritySpec& spec, size_t index, const SigstoreInputs& inputs,
                           const PolicyOptions& options, cosign::Regexps& regexps,
                           AuthorityProblems& problems);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_AUTHORITY_COMPILER_H_
