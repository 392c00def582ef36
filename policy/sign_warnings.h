#ifndef COUNTERSIGN_POLICY_SIGN_WARNINGS_H_
#define COUNTERSIGN_POLICY_SIGN_WARNINGS_H_

#include <string>
#include <vector>

#include "base/json.h"
#include "policy/sign_policy.h"

namespace countersign::policy {

// What there is to say about a policy before it is put in force.
struct Validation {
  // Everything that is wrong (ImagePolicy::FromObject); the policy is acceptable if there is none.
  std::vector<Problem> problems;
  // Whole sentences, printable, about what is allowed but may not be what was meant: a policy
  // without patterns, a pattern that reads like a registry but is the name of an image, a key that
  // no pattern names. None where there are problems.
  std::vector<std::string> warnings;
};

Validation Validate(const base::Json& object);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGN_WARNINGS_H_
