#ifndef COUNTERSIGN_POLICY_RULES_CONDITION_READER_H_
#define COUNTERSIGN_POLICY_RULES_CONDITION_READER_H_

#include <initializer_list>
#include <optional>
#include <string_view>

#include "base/json_place.h"
#include "policy/object_reader.h"
#include "policy/rules/condition.h"

namespace countersign::policy {

// A condition as an object of a policy has it:
//   path: /predicate/scanner/result/[*]   a DocumentPath within a statement (IsInStatement)
//   quantifier: all | any | none          optional, and only with `[*]`
//   one of equals, in, matches, exists, before, after, olderThan, lessThan, greaterThan
//   negate: true                          optional, and not of exists: false says that
// or, instead of the last two, `where`: a list of objects with path (within the element, "" is the
// element itself), one of the operators, and negate.
//
// Everything that is wrong is added to `reader`, with its pointer, and what to write instead; nullopt:
// something was. `others` are members of the object that somebody else reads.
//
// Numbers have 15 significant digits at the most if they have a fraction or an exponent, as whoever
// stores the object may keep them as doubles.
std::optional<Condition> ReadCondition(const base::JsonPlace& place,
                                       std::initializer_list<std::string_view> others,
                                       ObjectReader& reader);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_RULES_CONDITION_READER_H_
