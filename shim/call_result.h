#ifndef COUNTERSIGN_SHIM_CALL_RESULT_H_
#define COUNTERSIGN_SHIM_CALL_RESULT_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace countersign::shim {

// What came of a question to the verifiers.
template <typename Response>
struct CallResult {
  // The answer, or why there is none. Nobody can tell from a failure's code how far the question
  // got: a verifier that dies over it and one that is not there are both Unavailable.
  absl::StatusOr<Response> answer;
  // With a failure: whether it is certain that no verifier has seen any of the question, because
  // there was no connection to send it by. False in doubt. Only this is an outage; a verifier that
  // is slow, busy, or died over the question may have been made so by whoever asks.
  bool never_sent = false;
  // For how long the question waited in this process before anybody could be asked.
  absl::Duration waited = absl::ZeroDuration();
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_CALL_RESULT_H_
