#include "verifier/serving/call_metrics.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(CallMetrics, CountsCallsByMethodAndCode) {
  base::Metrics metrics;
  CallMetrics calls(&metrics);
  calls.Begin();
  calls.Begin();
  calls.Begin();
  calls.End(ApiMethod::kVerifyImages, absl::OkStatus(), absl::Milliseconds(3));
  calls.End(ApiMethod::kValidatePolicy, absl::PermissionDeniedError("no"), absl::Milliseconds(3));
  EXPECT_THAT(
      metrics.WriteText(),
      AllOf(
          HasSubstr("countersign_calls_total{code=\"ok\",method=\"VerifyImages\"} 1\n"),
          HasSubstr(
              "countersign_calls_total{code=\"permission_denied\",method=\"ValidatePolicy\"} 1\n"),
          HasSubstr("countersign_calls_total{code=\"internal\",method=\"VerifyImages\"} 0\n"),
          HasSubstr("countersign_call_duration_seconds_count{method=\"VerifyImages\"} 1\n"),
          HasSubstr("countersign_calls_in_progress 1\n")));
}

TEST(CallMetrics, CountsVerdictsByReason) {
  base::Metrics metrics;
  CallMetrics calls(&metrics);
  calls.CountVerdicts({v1::REASON_VERIFIED, v1::REASON_NOT_SIGNED, v1::REASON_NOT_SIGNED});
  EXPECT_THAT(metrics.WriteText(),
              AllOf(HasSubstr("countersign_verdicts_total{reason=\"verified\"} 1\n"),
                    HasSubstr("countersign_verdicts_total{reason=\"not_signed\"} 2\n"),
                    HasSubstr("countersign_verdicts_total{reason=\"undecided\"} 0\n")));
}

}  // namespace
}  // namespace countersign::verifier
