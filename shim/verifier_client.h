#ifndef COUNTERSIGN_SHIM_VERIFIER_CLIENT_H_
#define COUNTERSIGN_SHIM_VERIFIER_CLIENT_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "base/trace_context.h"
#include "proto/countersign/v1/verifier.pb.h"
#include "shim/call_result.h"

namespace countersign::shim {

// What the webhook asks of verifiers; an interface, as they are other processes. Thread-safe.
class VerifierClient {
 public:
  // What came of sending a question for the first time.
  struct FirstAnswer {
    CallResult<v1::VerifyImagesResponse> result;
    // Who gave it, if another may answer what it did not (VerifyImagesElsewhere).
    std::string not_at = "";
    // Nothing was sent after all, so that all is still to be done (VerifyImages).
    bool is_unsent = false;

    // Whether this is what came of the question.
    bool IsLast() const { return not_at.empty() && !is_unsent; }
  };
  using OnAnswer = absl::AnyInvocable<void(FirstAnswer)>;

  virtual ~VerifierClient() = default;

  // One question, one answer by `deadline`. Errors are those of
  // proto/countersign/v1/verifier.proto, and Unavailable or DeadlineExceeded when no verifier
  // answered. `trace` is the span that asks, for the lines that the verifier logs; or none. Blocks.
  virtual CallResult<v1::VerifyImagesResponse> VerifyImages(const v1::VerifyImagesRequest& request,
                                                            absl::Time deadline,
                                                            const base::TraceContext& trace) = 0;

  // The same in two parts, of which this one does not block: sends the question once, if it can be sent at
  // once or soon; it must not change until that is answered. Then `on_answer` is called once, by the deadline, on a
  // thread that answers others, too: it must not block, nor end the client; it may still be told that nothing was
  // sent. False: nothing was, and it is not called.
  virtual bool TryVerifyImages(std::shared_ptr<const v1::VerifyImagesRequest> /*request*/,
                               absl::Time /*deadline*/, const base::TraceContext& /*trace*/,
                               OnAnswer /*on_answer*/) {
    return false;
  }
  // And the other, where the first says so: what comes of asking once more. Blocks.
  virtual CallResult<v1::VerifyImagesResponse> VerifyImagesElsewhere(
      const v1::VerifyImagesRequest& /*request*/, absl::Time /*deadline*/,
      const base::TraceContext& /*trace*/, FirstAnswer first) {
    return std::move(first.result);
  }
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_VERIFIER_CLIENT_H_
