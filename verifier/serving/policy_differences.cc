#include "verifier/serving/policy_differences.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/utc_seconds.h"

namespace countersign::verifier {
namespace {

using policy::Difference;

// An image's reference can be longer than anybody reads.
constexpr size_t kMaxImageBytes = 256;

constexpr char kDifferences[] = "countersign_policy_differences_total";
constexpr char kDifferencesHelp[] =
    "Verdicts about which the Sign policy and those of policy.sigstore.dev do not say the same, by "
    "who "
    "denies, or with mode warn would.";
constexpr char kFailures[] = "countersign_policy_failures_total";
constexpr char kFailuresHelp[] =
    "What policies of policy.sigstore.dev found wanting of images, by whether they deny or only "
    "warn.";

// In the log, and in words.
std::string_view KindOf(Difference difference) {
  switch (difference) {
    case Difference::kSignDenies:
      return "sign_denies";
    case Difference::kSigstoreDenies:
      return "sigstore_denies";
    case Difference::kSigstoreWouldDeny:
      return "sigstore_would_deny";
    case Difference::kNone:
      break;
  }
  return "none";
}

std::string_view WordsOf(Difference difference) {
  switch (difference) {
    case Difference::kSignDenies:
      return "the Sign policy denies it, policies of policy.sigstore.dev do not";
    case Difference::kSigstoreDenies:
      return "policies of policy.sigstore.dev deny it, the Sign policy does not";
    case Difference::kSigstoreWouldDeny:
      return "policies of policy.sigstore.dev that only warn would deny it, the Sign policy does "
             "not";
    case Difference::kNone:
      break;
  }
  return "they say the same";
}

}  // namespace

PolicyDifferences::PolicyDifferences(base::Metrics* metrics, const base::Clock* clock)
    : clock_(clock),
      enforced_failures_(metrics->Counter(kFailures, kFailuresHelp, {{"mode", "enforce"}})),
      warned_failures_(metrics->Counter(kFailures, kFailuresHelp, {{"mode", "warn"}})),
      tally_(clock) {
  const auto add = [&](Difference difference, const char* denies, const char* mode) {
    differences_[static_cast<size_t>(difference)] =
        &metrics->Counter(kDifferences, kDifferencesHelp, {{"denies", denies}, {"mode", mode}});
  };
  add(Difference::kSignDenies, "sign", "enforce");
  add(Difference::kSigstoreDenies, "sigstore", "enforce");
  add(Difference::kSigstoreWouldDeny, "sigstore", "warn");
}

void PolicyDifferences::Add(std::string_view image, const policy::Verdict& verdict, size_t uses) {
  for (const policy::PolicyFailure& failure : verdict.policy_failures) {
    (failure.is_warning ? warned_failures_ : enforced_failures_)
        .Increment(static_cast<double>(uses));
  }
  if (verdict.difference == Difference::kNone) return;
  differences_[static_cast<size_t>(verdict.difference)]->Increment(static_cast<double>(uses));
  std::string shown = base::Printable(image, kMaxImageBytes);
  tally_.Add(KindOf(verdict.difference), shown);
  if (std::optional<base::LogFields> fields = tally_.Take()) {
    fields->emplace_back("image", shown);
    fields->emplace_back("difference", WordsOf(verdict.difference));
    base::LogInfo("verifier", "The languages of policies differ; the last:", *fields);
  }
  Show(std::move(shown), verdict.difference, uses);
}

void PolicyDifferences::Show(std::string image, Difference difference, size_t uses) {
  const absl::Time now = clock_->Now();
  absl::MutexLock lock(&mutex_);
  auto found = std::find_if(shown_.begin(), shown_.end(), [&](const Shown& shown) {
    return shown.image == image && shown.difference == difference;
  });
  if (found == shown_.end()) {
    if (shown_.size() == kMaxShown) shown_.pop_back();
    shown_.push_front({.image = std::move(image), .difference = difference});
    found = shown_.begin();
  } else {
    shown_.splice(shown_.begin(), shown_, found);
  }
  found->count += uses;
  found->last = now;
}

std::vector<std::string> PolicyDifferences::Describe() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> lines;
  for (const Shown& shown : shown_) {
    lines.push_back(absl::StrCat(
        "the languages of policies differ about ", shown.image, ": ", WordsOf(shown.difference),
        "; ", shown.count, " times of late, the last at ", base::WriteUtcSeconds(shown.last)));
  }
  return lines;
}

}  // namespace countersign::verifier
