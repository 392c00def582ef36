#include "verifier/policies/sigstore_report.h"

#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/utc_seconds.h"

namespace countersign::verifier {
namespace {

using base::WriteUtcSeconds;
using Value = std::optional<double>;

constexpr char kName[] = "policy.sigstore.dev: ";

std::string DescribeInForce(const PolicyState& state, const SigstoreCounts& counts) {
  std::string line =
      absl::StrCat(kName, counts.image_policies, " policies are in force since ",
                   WriteUtcSeconds(state.in_force_since), "; trust roots ", counts.trust_roots,
                   ", options ", counts.options, ", keys in Secrets ", counts.keys, ", problems ",
                   counts.problems + counts.settings_problems + counts.broken_trust_roots);
  if (counts.missing_keys > 0) absl::StrAppend(&line, ", keys missing ", counts.missing_keys);
  if (counts.old_keys > 0) {
    absl::StrAppend(&line, ", keys that their Secrets do not hold any more ", counts.old_keys);
  }
  if (counts.held > 0) {
    absl::StrAppend(&line, "; the Policy Controller still writes the status of ", counts.held);
  }
  return line;
}

double Seconds(absl::Time time) { return static_cast<double>(absl::ToUnixSeconds(time)); }

// Gauges of one name, of a member of the counts each.
void AddCounts(const SigstorePolicies* policies, const char* name, const char* help,
               const char* label,
               const std::vector<std::pair<const char*, size_t SigstoreCounts::*>>& members,
               base::Metrics* metrics) {
  for (const auto& [value, member] : members) {
    metrics->SampleGauge(name, help, {{label, value}}, [policies, member = member]() -> Value {
      return policies->counts().*member;
    });
  }
}

}  // namespace

std::vector<std::string> DescribeSigstorePolicies(const PolicyState& state,
                                                  const SigstoreCounts& counts) {
  std::vector<std::string> lines;
  if (state.snapshot.ok()) lines.push_back(DescribeInForce(state, counts));
  if (!state.problem.ok()) {
    lines.push_back(absl::StrCat(
        kName, "could not be read since ", WriteUtcSeconds(state.problem_since), ": ",
        state.problem.message(),
        state.snapshot.ok() ? "; what was read last stays in force" : "; everything is denied"));
  } else if (!state.snapshot.ok()) {
    lines.push_back(absl::StrCat(kName, state.snapshot.status().message()));
  }
  return lines;
}

void AddSigstoreMetrics(const PolicyStore* store, const SigstorePolicies* policies,
                        base::Metrics* metrics) {
  const auto add = [&](const char* name, const char* help, auto value) {
    metrics->SampleGauge(name, help, {}, [store, value]() -> Value {
      return value(store->state(PolicyPart::kSigstore));
    });
  };
  add("countersign_sigstore_policy_readable",
      "1 if all that policies of policy.sigstore.dev are made of can be read, otherwise 0.",
      [](const PolicyState& state) -> Value { return state.snapshot.ok() && state.problem.ok(); });
  add("countersign_sigstore_policy_unreadable_since_timestamp_seconds",
      "Since when some of it could not be read; absent while all of it is readable.",
      [](const PolicyState& state) -> Value {
        if (state.problem.ok()) return std::nullopt;
        return Seconds(state.problem_since);
      });
  add("countersign_sigstore_policy_in_force_since_timestamp_seconds",
      "When this process put what is in force in force.", [](const PolicyState& state) -> Value {
        if (!state.snapshot.ok()) return std::nullopt;
        return Seconds(state.in_force_since);
      });
  metrics->SampleCounter(
      "countersign_sigstore_policy_watch_errors_total", "How often some of it could not be read.",
      {}, [store]() -> Value { return store->state(PolicyPart::kSigstore).failures; });
  AddCounts(policies, "countersign_sigstore_policy_objects",
            "Objects that policies of policy.sigstore.dev are made of.", "kind",
            {{"ClusterImagePolicy", &SigstoreCounts::image_policies},
             {"TrustRoot", &SigstoreCounts::trust_roots},
             {"PolicyOptions", &SigstoreCounts::options}},
            metrics);
  AddCounts(policies, "countersign_sigstore_policy_broken_objects",
            "Of them, those with a part that cannot be used, and denies.", "kind",
            {{"ClusterImagePolicy", &SigstoreCounts::broken_image_policies},
             {"TrustRoot", &SigstoreCounts::broken_trust_roots},
             {"PolicyOptions", &SigstoreCounts::broken_options},
             {"ConfigMap", &SigstoreCounts::settings_problems}},
            metrics);
  AddCounts(
      policies, "countersign_sigstore_policy_secret_keys",
      "Secrets that policies name for a key: it is there, the last good one is used, or there "
      "is none.",
      "state",
      {{"read", &SigstoreCounts::keys},
       {"old", &SigstoreCounts::old_keys},
       {"missing", &SigstoreCounts::missing_keys}},
      metrics);
  metrics->SampleGauge(
      "countersign_sigstore_policy_status_held",
      "Objects whose status the Policy Controller still writes, by its finalizer on them.", {},
      [policies]() -> Value { return policies->counts().held; });
}

}  // namespace countersign::verifier
