#ifndef COUNTERSIGN_POLICY_RULES_TRANSLATED_RULE_H_
#define COUNTERSIGN_POLICY_RULES_TRANSLATED_RULE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"

namespace countersign::policy {

// What a rule of another language says, as conditions.
struct TranslatedRule {
  // Each an object that ReadCondition reads; all must hold. At least one.
  std::vector<base::Json> conditions;
  // In what they differ from the rule, for people; none: in nothing.
  std::vector<std::string> notes;
};

// A condition with one operator on what a path leads to. InvalidArgument, in words that go on a
// sentence about the rule, if a condition cannot be asked of that.
absl::StatusOr<base::Json> MakeCondition(const std::vector<std::string>& tokens,
                                         const std::string& op, base::Json operand, bool negate);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_RULES_TRANSLATED_RULE_H_
