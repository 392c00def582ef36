#ifndef COUNTERSIGN_VERIFIER_SERVING_CALL_BACKLOG_H_
#define COUNTERSIGN_VERIFIER_SERVING_CALL_BACKLOG_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace countersign::verifier {

// How many calls of a client may wait for a thread, when nothing is known of them but the client.
// gRPC makes a thread for each, also for those that are reset at once, and does not say so.
//
//   Admit(client)   a call has come; false: it is to be refused at once
//   Begin(client)   a call has its thread
//
// What is reset never begins; so many a second are forgotten. Thread-safe.
class CallBacklog {
 public:
  struct Limits {
    // Of all clients together. One may have more as long as it then has no more than what is left for
    // all: alone, half, which is as many as it may have in progress (call_gate.h).
    double waiting = 512;
    double forgotten_a_second = 32;
  };

  CallBacklog(const Limits& limits, const base::Clock* clock) : limits_(limits), clock_(*clock) {}

  bool Admit(std::string_view client) ABSL_LOCKS_EXCLUDED(mutex_);
  void Begin(std::string_view client) ABSL_LOCKS_EXCLUDED(mutex_);

  // Clients of whom something is known.
  size_t clients() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Waiting {
    double calls = 0;
    absl::Time seen;
  };

  void Forget(absl::Time now, Waiting& waiting) const;
  // Those of whom nothing is left.
  void ForgetIdle(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Limits limits_;
  const base::Clock& clock_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_CALL_BACKLOG_H_
