#ifndef COUNTERSIGN_POLICY_SIGSTORE_CHECK_RULE_H_
#define COUNTERSIGN_POLICY_SIGSTORE_CHECK_RULE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "policy/sigstore/finding.h"
#include "policy/sigstore/rule_spec.h"

namespace countersign::policy {

// Of how many rules of one policy is said what they ask, which is work for each.
inline constexpr size_t kMaxTranslatedRules = 32;

// Appends that the rule of an attestation, of that name and of that authority, is not evaluated, and,
// of a plain one, the conditions of PolicyOptions that say the same, as long as `translated` is below
// kMaxTranslatedRules; it counts that. Pure.
void CheckAttestationRule(const RuleSpec& rule, std::string_view authority,
                          std::string_view attestation, const std::string& pointer,
                          size_t& translated, std::vector<Finding>& findings);

// The same of `spec.policy`.
void CheckWholeRule(const RuleSpec& rule, const std::string& pointer,
                    std::vector<Finding>& findings);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_CHECK_RULE_H_
