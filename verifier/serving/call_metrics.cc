#include "verifier/serving/call_metrics.h"

#include <string>

#include "absl/strings/ascii.h"
#include "proto/verdicts.h"

namespace countersign::verifier {
namespace {

// In the order of ApiMethod.
constexpr std::array<const char*, kApiMethods.size()> kMethodNames = {
    "VerifyImages", "ValidatePolicy", "RecallVerdicts"};

}  // namespace

CallMetrics::CallMetrics(base::Metrics* metrics)
    : in_progress_(metrics->Gauge("countersign_calls_in_progress",
                                  "Calls of the verify API that are being answered.")) {
  for (size_t method = 0; method < kMethods; ++method) {
    durations_[method] =
        &metrics->Histogram("countersign_call_duration_seconds",
                            "How long calls of the verify API took, whatever came of them.",
                            base::DurationBounds(), {{"method", kMethodNames[method]}});
    for (size_t code = 0; code < kCodes; ++code) {
      const std::string name = absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
      calls_[method][code] = &metrics->Counter(
          "countersign_calls_total", "Calls of the verify API, by the status code they ended with.",
          {{"method", kMethodNames[method]}, {"code", absl::AsciiStrToLower(name)}});
    }
  }
  for (int reason = v1::Reason_MIN; reason <= v1::Reason_MAX; ++reason) {
    if (!v1::Reason_IsValid(reason)) continue;
    verdicts_[reason] = &metrics->Counter(
        "countersign_verdicts_total", "Verdicts about images, by reason.",
        {{"reason", absl::AsciiStrToLower(v1::NameOf(static_cast<v1::Reason>(reason)))}});
  }
}

void CallMetrics::End(ApiMethod method, const absl::Status& status, absl::Duration duration) {
  const auto index = static_cast<size_t>(method);
  in_progress_.Decrement();
  calls_[index][static_cast<size_t>(status.code())]->Increment();
  durations_[index]->Observe(absl::ToDoubleSeconds(duration));
}

void CallMetrics::CountVerdicts(const std::vector<v1::Reason>& reasons) {
  for (const v1::Reason reason : reasons) verdicts_[reason]->Increment();
}

}  // namespace countersign::verifier
