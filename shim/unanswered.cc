#include "shim/unanswered.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/transient.h"

namespace countersign::shim {

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

}  // namespace countersign::shim
