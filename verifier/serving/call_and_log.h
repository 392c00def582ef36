#ifndef COUNTERSIGN_VERIFIER_SERVING_CALL_AND_LOG_H_
#define COUNTERSIGN_VERIFIER_SERVING_CALL_AND_LOG_H_

#include <exception>

#include "absl/status/status.h"
#include "base/log.h"

namespace countersign::verifier {

// What `step` gives, which reads or judges what a client has sent; Internal, and a line in the log, where it
// throws: that is a fault of ours, and no other question's. Its type can be made of a Status.
template <typename Step>
auto CallAndLog(const Step& step) -> decltype(step()) {
  try {
    return step();
  } catch (const std::exception& exception) {
    base::LogError("verifier", "What answers a call threw", {{"error", exception.what()}});
  }
  return absl::InternalError("the verifier failed to answer this call");
}

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_CALL_AND_LOG_H_
