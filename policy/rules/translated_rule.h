#ifndef COUNTERSIGN_POLICY_RULES_TRANSLATED_RULE_H_
#define COUNTERSIGN_POLICY_RULES_TRANSLATED_RULE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/json.h"

namespace countersign::policy {

// What a rule of another language says, as conditions.
struct TranslatedRule {
  // Each an object that ReadCondition reads; all must hold. At least one.
  std::vector<base::Json> conditions;
  // In what they differ from the rule, for people; none: in nothing.
  std::vector<std::string> notes;
  size_t instructions = 0;  // of RE2's programs, of all regular expressions
};

// Of the regular expressions of one rule, in instructions of RE2's programs: to look whether they can be
// read is work as well.
inline constexpr size_t kMaxRuleInstructions = 16 << 10;

// Adds a condition with one operator on what a path leads to. InvalidArgument, in words that go on a
// sentence about the rule, if a condition cannot be asked of that, or it is more than PolicyOptions or
// the limit above take.
absl::Status AddCondition(const std::vector<std::string>& tokens, const std::string& op,
                          base::Json operand, bool negate, TranslatedRule& rule);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_RULES_TRANSLATED_RULE_H_
