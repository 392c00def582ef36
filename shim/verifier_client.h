#ifndef COUNTERSIGN_SHIM_VERIFIER_CLIENT_H_
#define COUNTERSIGN_SHIM_VERIFIER_CLIENT_H_

#include "absl/time/time.h"
#include "base/trace_context.h"
#include "proto/countersign/v1/verifier.pb.h"
#include "shim/call_result.h"

namespace countersign::shim {

// What the webhook asks of verifiers; an interface, as they are other processes. Thread-safe.
class VerifierClient {
 public:
  virtual ~VerifierClient() = default;

  // One question, one answer by `deadline`. Errors are those of
  // proto/countersign/v1/verifier.proto, and Unavailable or DeadlineExceeded when no verifier
  // answered. `trace` is the span that asks, for the lines that the verifier logs; or none.
  virtual CallResult<v1::VerifyImagesResponse> VerifyImages(const v1::VerifyImagesRequest& request,
                                                            absl::Time deadline,
                                                            const base::TraceContext& trace) = 0;
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_VERIFIER_CLIENT_H_
