#ifndef COUNTERSIGN_POLICY_RULES_TRANSLATED_RULE_FIXTURE_H_
#define COUNTERSIGN_POLICY_RULES_TRANSLATED_RULE_FIXTURE_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "policy/rules/translated_rule.h"

// For tests alone.
namespace countersign::policy {

// A line for each condition, or why there is none.
inline std::string LinesOf(const absl::StatusOr<TranslatedRule>& rule) {
  if (!rule.ok()) return std::string(rule.status().message());
  std::string lines;
  for (const base::Json& condition : rule->conditions) lines += "- " + condition.dump() + "\n";
  return lines;
}

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_RULES_TRANSLATED_RULE_FIXTURE_H_
