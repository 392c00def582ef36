#ifndef COUNTERSIGN_VERIFIER_SERVING_CALL_METRICS_H_
#define COUNTERSIGN_VERIFIER_SERVING_CALL_METRICS_H_

#include <array>
#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/metrics.h"
#include "proto/countersign/v1/verifier.pb.h"

namespace countersign::verifier {

enum class ApiMethod { kVerifyImages, kValidatePolicy, kRecallVerdicts };
inline constexpr std::array kApiMethods = {ApiMethod::kVerifyImages, ApiMethod::kValidatePolicy,
                                           ApiMethod::kRecallVerdicts};
static_assert(kApiMethods.back() == static_cast<ApiMethod>(kApiMethods.size() - 1));

// Counts what the verify API is asked and what it answers:
//   countersign_calls_total{method,code}
//   countersign_call_duration_seconds{method}
//   countersign_calls_in_progress
//   countersign_verdicts_total{reason}
// Thread-safe.
class CallMetrics {
 public:
  // `metrics` must outlive this.
  explicit CallMetrics(base::Metrics* metrics);

  // A call begins, and ends.
  void Begin() { in_progress_.Increment(); }
  void End(ApiMethod method, const absl::Status& status, absl::Duration duration);
  // The reasons of its answer's verdicts, one for each use of an image.
  void CountVerdicts(const std::vector<v1::Reason>& reasons);

 private:
  static constexpr size_t kMethods = kApiMethods.size();
  // The codes of gRPC, 0 to 16.
  static constexpr size_t kCodes = 17;

  std::array<std::array<prometheus::Counter*, kCodes>, kMethods> calls_;
  std::array<prometheus::Histogram*, kMethods> durations_;
  prometheus::Gauge& in_progress_;
  // By v1::Reason.
  std::array<prometheus::Counter*, v1::Reason_ARRAYSIZE> verdicts_ = {};
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_CALL_METRICS_H_
