#ifndef COUNTERSIGN_POLICY_RULES_COMPARISON_READER_H_
#define COUNTERSIGN_POLICY_RULES_COMPARISON_READER_H_

#include <cstddef>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/json_place.h"
#include "policy/rules/comparison.h"

namespace countersign::policy {

// Of the list that `in` is given.
inline constexpr size_t kMaxListedValues = 256;

// The members that are operators, for sentences.
inline constexpr std::string_view kOperatorNames =
    "equals, in, matches, exists, before, after, olderThan, lessThan, greaterThan";
bool IsOperatorName(std::string_view name);

// The one operator of the object here, and its `negate`; other members are not looked at. Without
// `is_needed` none may be there, and the result is nullopt: there is something else instead, `where`.
// Errors are JsonPlace's, and say what to write instead.
absl::StatusOr<std::optional<Comparison>> ReadComparison(const base::JsonPlace& object,
                                                         bool is_needed);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_RULES_COMPARISON_READER_H_
