#include "verifier/policies/policy_report.h"

#include <cstddef>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/utc_seconds.h"
#include "policy/policies.h"

namespace countersign::verifier {
namespace {

using base::WriteUtcSeconds;

// How much there is of policies: keys with those that are broken, patterns that can be used, and
// parts that cannot.
struct Size {
  size_t keys = 0;
  size_t patterns = 0;
  size_t problems = 0;
};

Size SizeOf(const policy::Policies& policies) {
  Size size = {.patterns = policies.all().size()};
  for (const policy::Group& group : policies.groups()) {
    size.keys += group.authorities.size();
    size.problems += group.problems;
  }
  return size;
}

std::string DescribeInForce(const PolicyState& state) {
  const std::string since = absl::StrCat(" since ", WriteUtcSeconds(state.in_force_since));
  const policy::Policies& policies = **state.snapshot;
  if (policies.IsNone()) {
    return absl::StrCat("policy: there is none", since, "; nothing is enforced");
  }
  const Size size = SizeOf(policies);
  const std::string generation = state.version.generation == 0
                                     ? "a policy"
                                     : absl::StrCat("generation ", state.version.generation);
  return absl::StrCat("policy: ", generation, " is in force", since, "; keys ", size.keys,
                      ", patterns ", size.patterns, ", problems ", size.problems);
}

bool IsEnforced(const PolicyState& state) {
  return state.snapshot.ok() && !(*state.snapshot)->IsNone();
}

Size SizeInForce(const PolicyState& state) {
  return state.snapshot.ok() ? SizeOf(**state.snapshot) : Size();
}

double Seconds(absl::Time time) { return static_cast<double>(absl::ToUnixSeconds(time)); }

}  // namespace

std::vector<std::string> DescribePolicy(const PolicyState& state) {
  std::vector<std::string> lines;
  if (state.snapshot.ok()) lines.push_back(DescribeInForce(state));
  if (!state.problem.ok()) {
    lines.push_back(absl::StrCat(
        "policy: could not be read since ", WriteUtcSeconds(state.problem_since), ": ",
        state.problem.message(),
        state.snapshot.ok() ? "; the last good one stays in force" : "; everything is denied"));
  } else if (!state.snapshot.ok()) {
    lines.push_back(absl::StrCat("policy: ", state.snapshot.status().message()));
  }
  return lines;
}

void AddPolicyMetrics(const PolicyStore* store, base::Metrics* metrics) {
  using Value = std::optional<double>;
  const auto add = [&](const char* name, const char* help, auto value) {
    metrics->SampleGauge(name, help, {},
                         [store, value]() -> Value { return value(store->state()); });
  };
  add("countersign_policy_readable",
      "1 if what is in force is what the cluster has, 0 if that could not be read or was refused.",
      [](const PolicyState& state) -> Value { return state.snapshot.ok() && state.problem.ok(); });
  add("countersign_policy_unreadable_since_timestamp_seconds",
      "Since when the policy could not be read or was refused; absent while it is readable.",
      [](const PolicyState& state) -> Value {
        if (state.problem.ok()) return std::nullopt;
        return Seconds(state.problem_since);
      });
  add("countersign_policy_enforced", "1 if a policy is in force, 0 if there is none.",
      [](const PolicyState& state) -> Value { return IsEnforced(state); });
  add("countersign_policy_generation", "metadata.generation of the policy in force.",
      [](const PolicyState& state) -> Value { return state.version.generation; });
  add("countersign_policy_in_force_since_timestamp_seconds",
      "When this process put what is in force in force.", [](const PolicyState& state) -> Value {
        if (!state.snapshot.ok()) return std::nullopt;
        return Seconds(state.in_force_since);
      });
  add("countersign_policy_keys", "Keys of the policy in force, broken ones included.",
      [](const PolicyState& state) -> Value { return SizeInForce(state).keys; });
  add("countersign_policy_patterns", "Patterns of the policy in force that can be read.",
      [](const PolicyState& state) -> Value { return SizeInForce(state).patterns; });
  add("countersign_policy_problems", "Parts of the policy in force that cannot be used.",
      [](const PolicyState& state) -> Value { return SizeInForce(state).problems; });
  metrics->SampleCounter("countersign_policy_watch_errors_total",
                         "How often the policy could not be read or was refused.", {},
                         [store]() -> Value { return store->state().failures; });
}

}  // namespace countersign::verifier
