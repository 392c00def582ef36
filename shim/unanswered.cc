#include "shim/unanswered.h"

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/rounded_seconds.h"
#include "base/transient.h"

namespace countersign::shim {
namespace {

constexpr absl::Duration kShortWait = absl::Milliseconds(500);

bool WasTimeShort(const absl::StatusOr<v1::VerifyImagesResponse>& answer) {
  if (!answer.ok()) return absl::IsDeadlineExceeded(answer.status());
  return absl::c_any_of(answer->verdicts(), [](const v1::Verdict& verdict) {
    return verdict.reason() == v1::REASON_UNDECIDED;
  });
}

}  // namespace

Unanswered WhyUnanswered(const CallResult<v1::VerifyImagesResponse>& asked) {
  if (asked.never_sent) return Unanswered::kNeverSent;
  const absl::Status& why = asked.answer.status();
  return base::IsTransient(why) && !absl::IsAborted(why) ? Unanswered::kLost : Unanswered::kRefused;
}

std::string DenialOfUnanswered(const CallResult<v1::VerifyImagesResponse>& asked) {
  const absl::Status& why = asked.answer.status();
  switch (WhyUnanswered(asked)) {
    case Unanswered::kNeverSent:
      return "No verifier could be asked about the images, so they are refused. See whether "
             "countersign-verifier runs and is ready, then try again.";
    case Unanswered::kLost:
      return absl::StrCat("The verifier did not answer about the images, so they are refused: it ",
                          absl::IsDeadlineExceeded(why)    ? "was not done in time"
                          : absl::IsResourceExhausted(why) ? "has too much to do"
                                                           : "was lost while it was being asked",
                          ". Try again in a moment.");
    case Unanswered::kRefused:
      break;
  }
  return absl::StrCat(
      "The verifier refused to answer about the images, so they are refused: ", why.message(), ".");
}

std::string SayWaited(const CallResult<v1::VerifyImagesResponse>& asked) {
  if (asked.waited < kShortWait || !WasTimeShort(asked.answer)) return "";
  return absl::StrCat("\nBefore a verifier was asked, waiting for a place (queue) took ",
                      base::RoundedSeconds(asked.waited), ".");
}

}  // namespace countersign::shim
