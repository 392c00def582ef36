#ifndef COUNTERSIGN_POLICY_MOVING_KYVERNO_CONDITIONS_H_
#define COUNTERSIGN_POLICY_MOVING_KYVERNO_CONDITIONS_H_

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace countersign::policy {

// A condition of Kyverno's on an attestation ({key, operator, value}) as conditions of PolicyOptions
// (policy/rules/condition_reader.h), all of which must hold; nullopt: they cannot say it. They are true
// of no predicate that it is not true of; where what is there is of a kind that Kyverno would convert
// before it compares, they are not true, and Kyverno's may be.
//
// Its variables begin at the predicate, but for what a rule names otherwise (`taken`) and Kyverno
// itself. What is understood: a key that is one variable, whose path has names, indexes and
// projections ([*] and []) alone, and these functions of such a path
//   regex_match('…', '{{ path }}')                    a text in which the expression is found
//   time_since('', '{{ path }}', ''), time_diff('{{ path }}', '{{ time_now_utc() }}')   an age
// with operators Equals, NotEquals, In, NotIn, AnyIn, AllIn, AnyNotIn, AllNotIn, those for numbers, and
// for ages those of order. Sources: Kyverno's pkg/engine/variables/operator, pkg/engine/jmespath. Pure.
std::optional<std::vector<base::Json>> ConditionsOfKyverno(const base::Json& condition,
                                                           const std::set<std::string>& taken);

// An expression of RE2's syntax for a text with Kyverno's wildcards: the whole of it, over as many lines
// as it has. It may stand in a group.
std::string WildcardExpression(std::string_view wildcards);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_KYVERNO_CONDITIONS_H_
