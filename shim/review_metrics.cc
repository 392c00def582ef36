#include "shim/review_metrics.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"

namespace countersign::shim {
namespace {

// The last stands for all others.
constexpr std::array<std::string_view, 5> kOperationNames = {"CREATE", "UPDATE", "DELETE",
                                                             "CONNECT", "other"};
// In the order of ReviewOutcome.
constexpr std::array<const char*, 4> kOutcomeNames = {"allowed", "denied", "allowed_unasked",
                                                      "denied_unasked"};

}  // namespace

ReviewMetrics::ReviewMetrics(base::Metrics* metrics)
    : review_duration_(metrics->Histogram("countersign_review_duration_seconds",
                                          "How long AdmissionReviews took to answer.",
                                          base::DurationBounds())),
      call_duration_(metrics->Histogram("countersign_verifier_call_duration_seconds",
                                        "How long calls of the verify API took, whatever came of "
                                        "them.",
                                        base::DurationBounds())),
      malformed_(metrics->Counter("countersign_malformed_reviews_total",
                                  "Requests that were no AdmissionReview.")) {
  for (size_t i = 0; i < kOperations; ++i) {
    for (size_t j = 0; j < kOutcomes; ++j) {
      reviews_[i][j] = &metrics->Counter(
          "countersign_reviews_total", "AdmissionReviews, by operation and answer.",
          {{"operation", std::string(kOperationNames[i])}, {"outcome", kOutcomeNames[j]}});
    }
  }
  for (size_t code = 0; code < kCodes; ++code) {
    const std::string name = absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
    calls_[code] = &metrics->Counter("countersign_verifier_calls_total",
                                     "Calls of the verify API, by the status code that they ended "
                                     "with.",
                                     {{"code", absl::AsciiStrToLower(name)}});
  }
}

void ReviewMetrics::CountReview(std::string_view operation, ReviewOutcome outcome,
                                absl::Duration duration) {
  const auto* const found =
      std::find(kOperationNames.begin(), kOperationNames.end() - 1, operation);
  reviews_[found - kOperationNames.begin()][static_cast<size_t>(outcome)]->Increment();
  review_duration_.Observe(absl::ToDoubleSeconds(duration));
}

void ReviewMetrics::CountMalformed() { malformed_.Increment(); }

void ReviewMetrics::CountCall(const absl::Status& status, absl::Duration duration) {
  calls_[static_cast<size_t>(status.code())]->Increment();
  call_duration_.Observe(absl::ToDoubleSeconds(duration));
}

}  // namespace countersign::shim
