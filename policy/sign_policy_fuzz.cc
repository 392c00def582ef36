#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "policy/sign_policy.h"

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
  std::vector<Problem> all_problems;
  const auto policy = ImagePolicy::FromObject(*json, &all_problems);
  Require(policy.ok() || !all_problems.empty());
  if (!policy.ok()) return 0;
  Require(all_problems.size() == policy->problems().size());

  size_t broken = policy->broken_patterns().size();
  for (const PolicyKey& key : policy->keys()) {
    broken += !key.signer.ok();
    Require(!key.name.empty() || !key.signer.ok());
  }
  for (const Rule& rule : policy->rules()) {
    broken += !rule.unknown_keys.empty() || rule.keys.empty();
    Require(std::is_sorted(rule.keys.begin(), rule.keys.end()));
    for (const size_t key : rule.keys) {
      Require(key < policy->keys().size() && !policy->keys()[key].name.empty());
    }
  }
  if (broken > 0) Require(!policy->problems().empty());
  for (const Problem& problem : policy->problems()) {
    Require(!problem.message.empty() && problem.path.starts_with("/spec/verification/"));
  }
  Require(!policy->ExcludesNamespace(""));
  return 0;
}

}  // namespace countersign::policy
