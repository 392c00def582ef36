#ifndef COUNTERSIGN_POLICY_SIGN_WARNINGS_H_
#define COUNTERSIGN_POLICY_SIGN_WARNINGS_H_

#include <string>
#include <vector>

#include "policy/compiled.h"

namespace countersign::policy {

// What is allowed in a Sign policy (policy/sign_policy.h) but may not be what was meant, in whole
// sentences, printable: a policy without patterns, a pattern that reads like a registry but is the
// name of an image, a key that no pattern names. None where something is wrong: what depends on a
// part that cannot be read would be guessed. Pure.
std::vector<std::string> SignWarnings(const Compiled& compiled);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGN_WARNINGS_H_
