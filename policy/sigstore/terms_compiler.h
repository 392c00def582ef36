#ifndef COUNTERSIGN_POLICY_SIGSTORE_TERMS_COMPILER_H_
#define COUNTERSIGN_POLICY_SIGSTORE_TERMS_COMPILER_H_

#include <string>
#include <vector>

#include "policy/policy.h"
#include "policy/problem.h"
#include "policy/sigstore/image_policy.h"
#include "policy/sigstore/policy_options.h"

namespace countersign::policy {

// What is said of a policy and of its options, each about its own object.
struct TermsProblems {
  std::vector<Problem> policy;
  std::vector<Problem> options;
};

// Makes the terms of a policy, of what it says and what the options of its name do. Whatever of them
// cannot be used, and would have narrowed down what passes, leaves terms that nothing satisfies. Pure.
Terms CompileTerms(const ImagePolicy& policy, const PolicyOptions& options,
                   TermsProblems& problems);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_TERMS_COMPILER_H_
