#ifndef COUNTERSIGN_SHIM_REVIEW_METRICS_H_
#define COUNTERSIGN_SHIM_REVIEW_METRICS_H_

#include <array>
#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/metrics.h"

namespace countersign::shim {

// How an AdmissionReview was answered.
enum class ReviewOutcome {
  kAllowed,
  kDenied,
  kAllowedUnasked,  // unchecked, since no verifier answered
  kDeniedUnasked,   // since no verifier answered
};

// Counts what the webhook does:
//   countersign_reviews_total{operation,outcome}
//   countersign_review_duration_seconds
//   countersign_malformed_reviews_total
//   countersign_verifier_calls_total{code}
//   countersign_verifier_call_duration_seconds
// Thread-safe.
class ReviewMetrics {
 public:
  // `metrics` must outlive this.
  explicit ReviewMetrics(base::Metrics* metrics);

  // `operation` as the API server says it; others than it has are counted together.
  void CountReview(std::string_view operation, ReviewOutcome outcome, absl::Duration duration);
  // What was no AdmissionReview.
  void CountMalformed();
  // One question to the verifiers, and what came of it.
  void CountCall(const absl::Status& status, absl::Duration duration);

 private:
  static constexpr size_t kOperations = 5;
  static constexpr size_t kOutcomes = 4;
  // The codes of gRPC, 0 to 16.
  static constexpr size_t kCodes = 17;

  std::array<std::array<prometheus::Counter*, kOutcomes>, kOperations> reviews_;
  std::array<prometheus::Counter*, kCodes> calls_;
  prometheus::Histogram& review_duration_;
  prometheus::Histogram& call_duration_;
  prometheus::Counter& malformed_;
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_REVIEW_METRICS_H_
