#include "shim/recent_reviews.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;

kube::AdmissionRequest Review() {
  kube::AdmissionRequest review;
  review.uid = "0a1b";
  review.operation = "CREATE";
  review.request_namespace = "shop";
  review.name = "web";
  return review;
}

Decision Denied(const std::string& message) {
  Decision decision;
  decision.response.message = message;
  return decision;
}

class RecentReviewsTest : public testing::Test {
 protected:
  RecentReview Added(const Decision& decision, const kube::AdmissionRequest& review = Review()) {
    reviews_.Add(review, true, decision, ReviewOutcome::kDenied, absl::Milliseconds(7));
    return reviews_.Newest().front();
  }

  base::FakeClock clock_;
  RecentReviews reviews_{&clock_};
};

TEST_F(RecentReviewsTest, SaysWhatWasAnsweredToWhatWhenAndWhy) {
  const RecentReview shown = Added(Denied("It is not signed."));
  EXPECT_EQ(shown.at, clock_.Now());
  EXPECT_EQ(shown.took, absl::Milliseconds(7));
  EXPECT_EQ(shown.uid, "0a1b");
  EXPECT_EQ(shown.object, kube::Describe(Review()));
  EXPECT_EQ(shown.operation, "CREATE");
  EXPECT_EQ(shown.outcome, ReviewOutcome::kDenied);
  EXPECT_TRUE(shown.is_final);
  EXPECT_EQ(shown.message, "It is not signed.");
  EXPECT_EQ(shown.warnings, 0);
}

TEST_F(RecentReviewsTest, HasTheFirstWarningWhereThereIsNoMessage) {
  Decision decision;
  decision.response.allowed = true;
  decision.response.warnings = {"mind", "that"};
  const RecentReview shown = Added(decision);
  EXPECT_EQ(shown.message, "mind");
  EXPECT_EQ(shown.warnings, 2);
}

TEST_F(RecentReviewsTest, HasNoSecretThatSomebodyPutIntoAName) {
  EXPECT_THAT(Added(Denied("no: \"me:s3cret@r.example/app?token=s3cret\"")).message,
              Not(HasSubstr("s3cret")));
}

TEST_F(RecentReviewsTest, AnEntryIsAKiBAtTheMostWhateverItIsMadeOf) {
  const std::string huge(100'000, '\xff');
  kube::AdmissionRequest review = Review();
  review.uid = review.operation = review.request_namespace = review.name = huge;
  const RecentReview shown = Added(Denied(huge), review);
  EXPECT_THAT(absl::StrCat(shown.uid, shown.object, shown.operation, shown.message),
              SizeIs(Le(RecentReviews::kMaxEntryBytes - sizeof(RecentReview))));
}

TEST_F(RecentReviewsTest, ThereAreAHundredOfThem) {
  for (int i = 0; i < 250; ++i) Added(Denied(absl::StrCat(i)));
  EXPECT_THAT(reviews_.Newest(), SizeIs(RecentReviews::kMaxReviews));
  EXPECT_EQ(reviews_.Newest().back().message, "150");
}

}  // namespace
}  // namespace countersign::shim
