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
//   Receive(bytes, now)  so much has come on its connections since the last time
//   Charge(bytes)        so much is held against it beside that: for a call in vain, which costs far more
//                        than its bytes; less than zero: a call explains so much
//   SetForEverybody(is)  a client that may ask for everybody (a shim) calls from there, which may have
//                        far more on its way that no call explains yet
//
// Not thread-safe.
class TrafficAccount {
 public:
  struct Limits {
    // Bytes that may stay unexplained at a time, and how many are forgiven each second. A call that is
    // reset can have as little as 30, and costs gRPC some 100 us and 10 KB. A shim's calls are let in
    // when their turn comes, so it must have room for all that it may have asked.
    int64_t burst = 32 << 10;
    int64_t a_second = 8 << 10;
    int64_t burst_for_everybody = 16 << 20;
    int64_t a_second_for_everybody = 1 << 20;
  };

  TrafficAccount(const Limits& limits, absl::Time now) : limits_(limits), seen_(now) {}

  void Receive(int64_t bytes, absl::Time now);
  void Charge(int64_t bytes) { unexplained_ = std::min(unexplained_ + bytes, 2 * burst()); }
  void SetForEverybody(bool is_so) { is_for_everybody_ = is_so; }

  bool is_for_everybody() const { return is_for_everybody_; }
  // As of the last Receive or Charge.
  bool IsExceeded() const { return unexplained_ > burst(); }
  // What may stay unexplained. No more than twice that is held against it, so that it is forgiven soon
  // after it has ended.
  int64_t burst() const { return is_for_everybody_ ? limits_.burst_for_everybody : limits_.burst; }
  int64_t unexplained() const { return unexplained_; }
  // Nothing is held against it, so that it may be forgotten.
  bool IsClear() const { return unexplained_ == 0; }

 private:
  Limits limits_;
  absl::Time seen_;
  // Below zero between a call and the Receive of its bytes only: nothing can be saved up.
  int64_t unexplained_ = 0;
  bool is_for_everybody_ = false;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_TRAFFIC_ACCOUNT_H_
