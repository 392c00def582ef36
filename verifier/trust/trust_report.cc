#include "verifier/trust/trust_report.h"

#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/printable.h"
#include "base/utc_seconds.h"

namespace countersign::verifier {
namespace {

using base::WriteUtcSeconds;

std::string WithTime(std::string_view phrase, const std::optional<absl::Time>& time) {
  return time ? absl::StrCat("; ", phrase, " ", WriteUtcSeconds(*time)) : "";
}

std::optional<double> Seconds(const std::optional<absl::Time>& time) {
  if (!time) return std::nullopt;
  return static_cast<double>(absl::ToUnixSeconds(*time));
}

void AddCounts(const TrustStore* store, base::Metrics* metrics) {
  const auto add = [&](const char* outcome, uint64_t RefreshCounts::*count) {
    metrics->SampleCounter(
        "countersign_trusted_root_refreshes_total",
        "Times that the trusted root was looked for again: there and good (ok), expired, not "
        "accepted for another reason (refused), or not to be found out (failed).",
        {{"outcome", outcome}}, [store, count]() -> std::optional<double> {
          return static_cast<double>(store->state().counts.*count);
        });
  };
  add("ok", &RefreshCounts::ok);
  add("expired", &RefreshCounts::expired);
  add("refused", &RefreshCounts::refused);
  add("failed", &RefreshCounts::failed);
}

}  // namespace

std::vector<std::string> DescribeTrust(const TrustState& state) {
  std::vector<std::string> lines;
  if (state.in_force_since) {
    lines.push_back(absl::StrCat("trusted root: in force since ",
                                 WriteUtcSeconds(*state.in_force_since),
                                 WithTime("refreshed", state.refreshed),
                                 WithTime("what vouches for it holds until", state.expires)));
  }
  if (!state.current.ok()) {
    lines.push_back(absl::StrCat("trusted root: there is none to judge by: ",
                                 base::Printable(state.current.status().message())));
  }
  if (!state.problem.ok()) {
    lines.push_back(absl::StrCat("trusted root: could not be refreshed since ",
                                 WriteUtcSeconds(state.problem_since), ": ",
                                 base::Printable(state.problem.message())));
  }
  return lines;
}

void AddTrustMetrics(const TrustStore* store, base::Metrics* metrics) {
  const auto add = [&](const char* name, const char* help, auto value) {
    metrics->SampleGauge(name, help, {}, [store, value]() -> std::optional<double> {
      return value(store->state());
    });
  };
  add("countersign_trusted_root_usable",
      "1 if there is a trusted root to judge by, 0 if there is none yet or it is too old.",
      [](const TrustState& state) -> std::optional<double> { return state.current.ok(); });
  add("countersign_trusted_root_in_force_since_timestamp_seconds",
      "When this process put the trusted root in force.",
      [](const TrustState& state) { return Seconds(state.in_force_since); });
  add("countersign_trusted_root_refreshed_timestamp_seconds",
      "When the trusted root was last found to be the newest there is; absent before.",
      [](const TrustState& state) { return Seconds(state.refreshed); });
  add("countersign_trusted_root_expiry_timestamp_seconds",
      "When what vouches for the trusted root expires; absent if that is not known.",
      [](const TrustState& state) { return Seconds(state.expires); });
  AddCounts(store, metrics);
}

}  // namespace countersign::verifier
