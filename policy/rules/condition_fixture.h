#ifndef COUNTERSIGN_POLICY_RULES_CONDITION_FIXTURE_H_
#define COUNTERSIGN_POLICY_RULES_CONDITION_FIXTURE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "base/json_place.h"
#include "gtest/gtest.h"
#include "policy/object_reader.h"
#include "policy/rules/condition.h"
#include "policy/rules/condition_reader.h"
#include "policy/rules/unmet.h"

// For tests alone.
namespace countersign::policy {

// The condition that a JSON text is; a failure if it is none.
inline Condition ConditionOf(std::string_view json) {
  const auto parsed = base::ParseJson(json);
  EXPECT_TRUE(parsed.ok()) << json << ": " << parsed.status();
  if (!parsed.ok()) return {};
  ObjectReader reader;
  std::optional<Condition> condition = ReadCondition(base::JsonPlace(*parsed), {}, reader);
  EXPECT_TRUE(condition.has_value()) << json << ": " << reader.fault()->reason;
  return condition.value_or(Condition());
}

// What is wrong with a JSON text that is no condition: "<pointer>: <reason>", "; " between.
inline std::string FaultsOf(std::string_view json) {
  const auto parsed = base::ParseJson(json);
  EXPECT_TRUE(parsed.ok()) << json << ": " << parsed.status();
  if (!parsed.ok()) return "no JSON";
  ObjectReader reader;
  const bool is_one = ReadCondition(base::JsonPlace(*parsed), {"authority"}, reader).has_value();
  EXPECT_EQ(is_one, reader.problems().empty());
  std::string faults;
  for (const Problem& problem : reader.problems()) {
    absl::StrAppend(&faults, faults.empty() ? "" : "; ", problem.pointer, ": ", problem.reason);
  }
  return faults;
}

inline absl::Time NowOfTests() { return absl::FromUnixSeconds(1'767'225'600); }  // 2026-01-01

// Why the condition does not hold in a document; "": it does.
inline std::string WhyUnmet(std::string_view condition, std::string_view document) {
  const std::vector<Condition> conditions = {ConditionOf(condition)};
  const std::vector<std::string> unmet = FindUnmet(conditions, document, NowOfTests());
  EXPECT_LE(unmet.size(), 1u);
  return unmet.empty() ? "" : unmet.front();
}

// The same with the document's predicate alone.
inline std::string WhyUnmetIn(std::string_view condition, std::string_view predicate) {
  return WhyUnmet(condition, absl::StrCat("{\"predicate\":", predicate, "}"));
}

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_RULES_CONDITION_FIXTURE_H_
