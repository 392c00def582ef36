#ifndef COUNTERSIGN_POLICY_SIGSTORE_CHECK_RULE_H_
#define COUNTERSIGN_POLICY_SIGSTORE_CHECK_RULE_H_

#include <string>
#include <string_view>
#include <vector>

#include "policy/sigstore/finding.h"
#include "policy/sigstore/rule_spec.h"

namespace countersign::policy {

// Appends that the rule of an attestation, of that name and of that authority, is not evaluated, and,
// of a plain one, the conditions of PolicyOptions that say the same. Pure.
void CheckAttestationRule(const RuleSpec& rule, std::string_view authority,
                          std::string_view attestation, const std::string& pointer,
                          std::vector<Finding>& findings);

// The same of `spec.policy`.
void CheckWholeRule(const RuleSpec& rule, const std::string& pointer,
                    std::vector<Finding>& findings);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_CHECK_RULE_H_
