#ifndef COUNTERSIGN_VERIFIER_SERVING_TRAFFIC_ACCOUNT_H_
#define COUNTERSIGN_VERIFIER_SERVING_TRAFFIC_ACCOUNT_H_

#include <algorithm>
#include <cstdint>

#include "absl/time/time.h"

namespace countersign::verifier {

// What one source has sent, beside what the calls explain that were let in from it. HTTP/2 has many
// frames that are no call, or a call that is over before it begins (resets, pings, settings, heads
// without end, calls of other services), and gRPC keeps something of each without counting it. So a
// source that sends more of them than it may is known by its bytes.
//
//   Expect(bytes)        so much may come before it is explained: what gRPC reads ahead of a call in
//                        progress, a message that is being read; less than zero: no longer
//   Receive(bytes, now)  so much has come on its connections since the last time
//   Explain(bytes)       a call was let in and its message read; `is_for_everybody` clients (the shim)
//                        may have far more on its way that no call explains yet
//
// Not thread-safe.
class TrafficAccount {
 public:
  struct Limits {
    // Bytes that may stay unexplained at a time, and how many are forgiven each second. A shim's
    // calls are explained when their turn comes, so it must have room for all that it may have asked.
    int64_t burst = 256 << 10;
    int64_t a_second = 32 << 10;
    int64_t burst_for_everybody = 16 << 20;
    int64_t a_second_for_everybody = 1 << 20;
  };

  TrafficAccount(const Limits& limits, absl::Time now) : limits_(limits), seen_(now) {}

  void Expect(int64_t bytes) { expected_ = std::max<int64_t>(expected_ + bytes, 0); }
  void Receive(int64_t bytes, absl::Time now);
  void Explain(int64_t bytes, bool is_for_everybody);

  // As of the last Receive.
  bool IsExceeded() const {
    return unexplained_ >
           (is_for_everybody_ ? limits_.burst_for_everybody : limits_.burst) + expected_;
  }
  // Nothing is held against it, so that it may be forgotten.
  bool IsClear() const { return unexplained_ == 0 && expected_ == 0; }

 private:
  Limits limits_;
  absl::Time seen_;
  // Below zero between a call and the Receive of its bytes only: nothing can be saved up.
  int64_t unexplained_ = 0;
  int64_t expected_ = 0;
  bool is_for_everybody_ = false;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_TRAFFIC_ACCOUNT_H_
