#include "shim/review_metrics.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReviewMetrics, CountsReviewsByOperationAndOutcome) {
  base::Metrics metrics;
  ReviewMetrics reviews(&metrics);
  reviews.CountReview("CREATE", ReviewOutcome::kAllowed, absl::Milliseconds(3));
  reviews.CountReview("CREATE", ReviewOutcome::kAllowed, absl::Milliseconds(3));
  reviews.CountReview("UPDATE", ReviewOutcome::kDeniedUnasked, absl::Seconds(3));
  reviews.CountReview("what-a-stranger-says", ReviewOutcome::kDenied, absl::Seconds(3));
  reviews.CountMalformed();
  const std::string text = metrics.WriteText();
  EXPECT_THAT(
      text,
      AllOf(HasSubstr("countersign_reviews_total{operation=\"CREATE\",outcome=\"allowed\"} 2\n"),
            HasSubstr(
                "countersign_reviews_total{operation=\"UPDATE\",outcome=\"denied_unasked\"} 1\n"),
            HasSubstr("countersign_reviews_total{operation=\"other\",outcome=\"denied\"} 1\n"),
            HasSubstr("countersign_review_duration_seconds_count 4\n"),
            HasSubstr("countersign_malformed_reviews_total 1\n")));
  EXPECT_THAT(text, Not(HasSubstr("stranger")));
}

TEST(ReviewMetrics, CountsCallsByCode) {
  base::Metrics metrics;
  ReviewMetrics reviews(&metrics);
  reviews.CountCall(absl::OkStatus(), absl::Milliseconds(3));
  reviews.CountCall(absl::UnavailableError("connection refused"), absl::Milliseconds(3));
  reviews.CountCall(absl::UnauthenticatedError("no"), absl::Milliseconds(3));
  EXPECT_THAT(metrics.WriteText(),
              AllOf(HasSubstr("countersign_verifier_calls_total{code=\"ok\"} 1\n"),
                    HasSubstr("countersign_verifier_calls_total{code=\"unavailable\"} 1\n"),
                    HasSubstr("countersign_verifier_calls_total{code=\"unauthenticated\"} 1\n"),
                    HasSubstr("countersign_verifier_calls_total{code=\"internal\"} 0\n"),
                    HasSubstr("countersign_verifier_call_duration_seconds_count 3\n")));
}

}  // namespace
}  // namespace countersign::shim
