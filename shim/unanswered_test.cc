#include "shim/unanswered.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

CallResult<v1::VerifyImagesResponse> Failed(absl::StatusCode code, bool never_sent = false) {
  return {.answer = absl::Status(code, "192.0.2.1 said why"), .never_sent = never_sent};
}

// The same code may be either.
TEST(Unanswered, OnlyWhatWasNeverSentIsAnOutage) {
  EXPECT_EQ(WhyUnanswered(Failed(absl::StatusCode::kUnavailable, true)), Unanswered::kNeverSent);
  EXPECT_EQ(WhyUnanswered(Failed(absl::StatusCode::kUnavailable)), Unanswered::kLost);
  for (const absl::StatusCode code :
       {absl::StatusCode::kDeadlineExceeded, absl::StatusCode::kResourceExhausted,
        absl::StatusCode::kCancelled}) {
    EXPECT_EQ(WhyUnanswered(Failed(code)), Unanswered::kLost) << code;
  }
  for (const absl::StatusCode code :
       {absl::StatusCode::kPermissionDenied, absl::StatusCode::kInternal,
        absl::StatusCode::kAborted, absl::StatusCode::kUnknown}) {
    EXPECT_EQ(WhyUnanswered(Failed(code)), Unanswered::kRefused) << code;
  }
}

TEST(Unanswered, OnlyAVerifiersOwnWordsAreRepeated) {
  EXPECT_THAT(DenialOfUnanswered(Failed(absl::StatusCode::kPermissionDenied)),
              StartsWith("The verifier refused to answer about the images, so they are refused: "
                         "192.0.2.1 said why."));
  for (const bool never_sent : {false, true}) {
    EXPECT_THAT(DenialOfUnanswered(Failed(absl::StatusCode::kUnavailable, never_sent)),
                Not(HasSubstr("192.0.2.1")));
  }
}

}  // namespace
}  // namespace countersign::shim
