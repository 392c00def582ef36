#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "absl/time/time.h"
#include "base/json.h"
#include "policy/sigstore/policy_options.h"

namespace countersign::policy {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// Invariants: it is broken exactly if something is wrong, and what is not broken asks for something in
// each of its parts.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto json = base::ParseJson(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!json.ok()) return 0;
  const absl::Time now = absl::FromUnixSeconds(1'790'000'000);
  const PolicyOptions options = ReadPolicyOptions(*json, now);
  Require(options.broken.has_value() == !options.problems.empty());
  for (const Problem& problem : options.problems) Require(!problem.reason.empty());
  if (options.broken.has_value()) {
    Require(!options.broken->why.empty() && options.warnings.empty());
    return 0;
  }
  Require(!options.name.empty() && options.threshold > 0);
  Require(options.effective_from < options.effective_until);
  for (const auto& identity : options.identities) Require(!identity.extensions.empty());
  for (const auto& one : options.conditions) {
    Require(one.condition.comparison.has_value() == one.condition.where.empty());
    Require(IsInStatement(one.condition.path));
  }
  return 0;
}

}  // namespace countersign::policy
