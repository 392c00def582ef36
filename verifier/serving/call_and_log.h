#ifndef COUNTERSIGN_VERIFIER_SERVING_CALL_AND_LOG_H_
#define COUNTERSIGN_VERIFIER_SERVING_CALL_AND_LOG_H_

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "base/log_thrown.h"

namespace countersign::verifier {

// What `step` gives, which reads or judges what a client has sent; Internal, and a line in the log, where it
// throws: that is a fault of ours, and no other question's. Its type can be made of a Status.
template <typename Step>
auto CallAndLog(const Step& step) -> decltype(step()) {
  std::optional<decltype(step())> result;
  if (base::LogThrown("verifier", "What answers a call threw", [&] { result.emplace(step()); })) {
    return *std::move(result);
  }
  return absl::InternalError("the verifier failed to answer this call");
}

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_CALL_AND_LOG_H_
