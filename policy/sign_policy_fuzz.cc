#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"
#include "policy/sign_policy.h"
#include "policy/step_budget.h"

namespace countersign::policy {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// Invariants: what cannot be used is never without a problem, and what a rule names is there.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto json = base::ParseJson(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!json.ok()) return 0;
  StepBudget steps(10'000'000);
  const SignPolicy policy = ReadSignPolicy(*json, steps);
  Require(!policy.fault.has_value() || !policy.problems.empty());
  Require(policy.group.problems == policy.problems.size());
  if (policy.fault.has_value()) return 0;

  size_t broken = policy.group.broken_patterns.size();
  for (const AuthorityPtr& key : policy.group.authorities) {
    broken += !key->IsUsable();
    Require(!key->name.empty() || !key->IsUsable());
  }
  for (const Policy& one : policy.policies) {
    broken += one.authorities.empty();
    Require(one.group == 0 && one.language == Language::kSign);
    Require(std::is_sorted(
        one.authorities.begin(), one.authorities.end(),
        [](const AuthorityPtr& a, const AuthorityPtr& b) { return a->index < b->index; }));
    for (const AuthorityPtr& key : one.authorities) {
      broken += !key->IsUsable();
      Require(!key->name.empty());
    }
  }
  if (broken > 0) Require(!policy.problems.empty());
  for (const Problem& problem : policy.problems) {
    Require(!problem.reason.empty() && problem.pointer.starts_with("/spec/verification/"));
  }
  Require(!policy.group.excluded_namespaces.contains(""));
  return 0;
}

}  // namespace countersign::policy
