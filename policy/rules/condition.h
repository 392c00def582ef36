#ifndef COUNTERSIGN_POLICY_RULES_CONDITION_H_
#define COUNTERSIGN_POLICY_RULES_CONDITION_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "policy/rules/comparison.h"
#include "policy/rules/document_path.h"

namespace countersign::policy {

inline constexpr size_t kMaxConditions = 64;
inline constexpr size_t kMaxWhereLines = 16;

// Of how many of the values that a path leads to the rest of a condition must hold.
enum class Quantifier { kAll = 0, kAny, kNone };

// What must hold in one element, or object: its path begins there, and has no `[*]`.
struct WhereLine {
  DocumentPath path;
  Comparison comparison;
};

// What must hold in a document that somebody signed: a comparison, or lines of which one element must
// satisfy every one. Where both or neither are given, it holds in no document.
//
// The values are all that the path leads to, one if it has no `[*]`. The condition holds if it is true:
//
//              no value                          otherwise
//   all        false                             every one is true
//   any        false                             one is true
//   none       true                              every one is false
//
// A value that cannot be judged, as it is absent or of a wrong kind, is neither true nor false, negated
// or not. So it is where a list that `[*]` needs is absent, or no list: `none` over an empty list holds,
// over an absent one it does not. The lines of an element are false if one is false, and otherwise
// cannot be judged if one cannot be. Whether something is there can always be judged: `exists: false`
// is the one way to ask for absence. It too asks of elements only in a list that is there.
struct Condition {
  DocumentPath path;
  Quantifier quantifier = Quantifier::kAll;
  std::optional<Comparison> comparison;
  std::vector<WhereLine> where;
  // As JSON, in one way of many: conditions that are not equal have other texts.
  std::string text;
};

// The sum of what its comparisons take.
size_t ProgramSize(const Condition& condition);

// Whether the path leads to, or into, a part of an in-toto statement that conditions see: its _type,
// predicateType, subject, predicate.
bool IsInStatement(const DocumentPath& path);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_RULES_CONDITION_H_
