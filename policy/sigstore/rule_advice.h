#ifndef COUNTERSIGN_POLICY_SIGSTORE_RULE_ADVICE_H_
#define COUNTERSIGN_POLICY_SIGSTORE_RULE_ADVICE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::policy {

// One of the comparisons that a program makes, as a condition of PolicyOptions
// (policy.countersign.dev/v1alpha1) has it.
struct PlainCondition {
  std::string path;   // a JSON pointer into the statement
  std::string op;     // "equals", "lessThan", "greaterThan"
  std::string value;  // JSON
  bool is_negated = false;
};

// The conditions that say together what a program says, if it is one of the plain ones: of CUE nested
// values and bounds of numbers alone, of Rego one rule isCompliant of comparisons of the input with
// constants. nullopt: of any other, and of one that compares nothing. For advice: nothing is decided by
// it, and it need not know every plain program. Pure; bounded by the length of the program.
std::optional<std::vector<PlainCondition>> PlainConditionsOf(std::string_view type,
                                                             std::string_view program);

// The same as members of `conditions`, in YAML, in a line:
// {authority: "a", attestation: "b", path: "/predicate/x", equals: true}, {…}
std::string ConditionsText(const std::vector<PlainCondition>& conditions,
                           std::string_view authority, std::string_view attestation);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_RULE_ADVICE_H_
