#ifndef COUNTERSIGN_POLICY_RULES_COMPARISON_H_
#define COUNTERSIGN_POLICY_RULES_COMPARISON_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "base/json.h"
#include "policy/rules/decimal.h"

namespace re2 {
class RE2;
}  // namespace re2

namespace countersign::policy {

// What is known of a statement about a document. What cannot be judged is neither true nor false, and
// stays so when it is turned around: only what is true holds.
enum class Truth { kUnknown = 0, kFalse, kTrue };

enum class Operator {
  kUnspecified = 0,  // nothing can be judged by it
  kEquals,
  kIn,
  kMatches,
  kExists,
  kBefore,
  kAfter,
  kOlderThan,
  kLessThan,
  kGreaterThan,
};

// A text, a number, true or false. Those of different kinds are different.
using Scalar = std::variant<bool, std::string, Decimal>;

// What one value must be.
struct Comparison {
  Operator op = Operator::kUnspecified;
  // Of kEquals and of the number of kLessThan and kGreaterThan, one; of kIn, any will do.
  std::vector<Scalar> values;
  std::shared_ptr<const re2::RE2> pattern;        // kMatches: the whole value
  bool exists = true;                             // kExists
  absl::Time moment = absl::InfinitePast();       // kBefore, kAfter
  absl::Duration age = absl::InfiniteDuration();  // kOlderThan
  // The outcome is turned around. Never of kExists.
  bool negate = false;
  // What the operator is given, for people, printable and short: "\"x\"", "one of 1, 2", "168h".
  std::string operand;
};

// Of `value`, null where there is none; JSON null is none, too. Numbers in it are as they are written
// (ExtractedNumbers::kAsWritten).
//
//   kExists      whether there is any value, of any kind; never unknown
//   kEquals, kIn a text, number, true or false that is exactly that; numbers by what they are worth
//   kMatches     a text, all of which the expression matches (RE2's syntax; '.' is no line break)
//   kBefore, kAfter, kOlderThan
//                a text that is an RFC 3339 moment, before or after that one, or by more than `age`
//                before `now`; one that is yet to come is not older than anything
//   kLessThan, kGreaterThan
//                a number
//
// Unknown: there is no value, or it is of none of these kinds: an object, a list, a text that is no
// moment.
Truth Judge(const Comparison& comparison, const base::Json* value, absl::Time now);

// About how many bytes Judge looks at.
size_t CostOf(const Comparison& comparison, const base::Json* value);

// What its expression takes when it is compiled, in instructions of RE2's program; 0 if it has none.
size_t ProgramSize(const Comparison& comparison);

// What the value must be, to go on a sentence about it: "must be older than 168h", "must not be
// \"x\"".
std::string Wanted(const Comparison& comparison);
// The same of a value of which it is true: "is older than 168h", "does not match \"x\"".
std::string Meets(const Comparison& comparison);

// What is there, to go on a sentence, printable and short: "\"x\"", "12", "a list", "absent".
std::string Found(const base::Json* value);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_RULES_COMPARISON_H_
