#include "shim/unanswered.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
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

// With these verdicts, after so long a wait.
CallResult<v1::VerifyImagesResponse> Answered(std::vector<v1::Reason> reasons,
                                              absl::Duration waited) {
  v1::VerifyImagesResponse response;
  for (const v1::Reason reason : reasons) response.add_verdicts()->set_reason(reason);
  return {.answer = std::move(response), .waited = waited};
}

TEST(SayWaited, WhereTimeWasShortTheWaitIsAPartOfIt) {
  constexpr char kSaid[] = "\nBefore a verifier was asked, waiting for a place (queue) took 7.0 s.";
  const absl::Duration seven = absl::Seconds(7);
  EXPECT_EQ(SayWaited(Answered({v1::REASON_VERIFIED, v1::REASON_UNDECIDED}, seven)), kSaid);
  CallResult<v1::VerifyImagesResponse> late = Failed(absl::StatusCode::kDeadlineExceeded);
  late.waited = seven;
  EXPECT_EQ(SayWaited(late), kSaid);
}

TEST(SayWaited, IsSilentWhereThatWasNotTheReason) {
  EXPECT_EQ(SayWaited(Answered({v1::REASON_NOT_SIGNED}, absl::Seconds(7))), "");
  EXPECT_EQ(SayWaited(Answered({v1::REASON_UNDECIDED}, absl::Milliseconds(499))), "");
  CallResult<v1::VerifyImagesResponse> refused = Failed(absl::StatusCode::kPermissionDenied);
  refused.waited = absl::Seconds(7);
  EXPECT_EQ(SayWaited(refused), "");
}

}  // namespace
}  // namespace countersign::shim
