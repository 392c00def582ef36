#ifndef COUNTERSIGN_POLICY_RULES_CUE_RULE_H_
#define COUNTERSIGN_POLICY_RULES_CUE_RULE_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "policy/rules/translated_rule.h"

namespace countersign::policy {

// The conditions that say what a plain rule on an attestation's statement says. InvalidArgument, in
// words that go on a sentence about the rule, and are printable: in which line it says something that
// these do not, or that is not read here; nothing of a rule is ever left out. Pure.
//
// CUE: nested members with a text, number, true or false, `=~`, `!=`, `<` and its like, and moments by
// `time.Parse(time.RFC3339, …)`. CUE takes a document that lacks a member; conditions do not, and a
// note says so.
absl::StatusOr<TranslatedRule> TranslateCue(std::string_view text);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_RULES_CUE_RULE_H_
