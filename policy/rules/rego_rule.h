#ifndef COUNTERSIGN_POLICY_RULES_REGO_RULE_H_
#define COUNTERSIGN_POLICY_RULES_REGO_RULE_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "policy/rules/translated_rule.h"

namespace countersign::policy {

// The conditions that say what a plain rule on an attestation's statement says. InvalidArgument, in
// words that go on a sentence about the rule, and are printable: in which line it says something that
// these do not, or that is not read here; nothing of a rule is ever left out. Pure.
//
// Rego, version 0 or 1: package sigstore, one `isCompliant` whose body is comparisons of
// `input.…`, of which each must hold, with a text, number, true or false, and `regex.match`. `[_]` is
// any element.
absl::StatusOr<TranslatedRule> TranslateRego(std::string_view text);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_RULES_REGO_RULE_H_
