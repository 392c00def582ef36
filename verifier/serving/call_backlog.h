#ifndef COUNTERSIGN_VERIFIER_SERVING_CALL_BACKLOG_H_
#define COUNTERSIGN_VERIFIER_SERVING_CALL_BACKLOG_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace countersign::verifier {

// How many calls of a client may be there without being in progress: those that have come and that nobody has
// looked at, those that were refused, and those of reflection, until each is over. The gate (call_gate.h) counts
// what it lets in. These others have no thread, but for reflection's, but gRPC has some 10 KB for each: a
// thousand on every connection, of a client that takes nothing of what it is told, would fill what gRPC may
// hold, and with that the other clients' room.
//
//   Admit(client)   a call has come, of which nothing is known but its client; false: it is to be
//                   refused at once
//   Begin(client)   it is looked at, and counts on while that Turn lives: until it is let in, or is over
//
// What is refused by gRPC itself never begins; so many a second are forgotten. Thread-safe. Must outlive its
// turns.
class CallBacklog {
 public:
  struct Limits {
    // Of all clients together. One may have more as long as it then has no more than what is left for
    // all: alone, half, which is as many as it may have in progress (call_gate.h).
    double calls = 512;
    double forgotten_a_second = 32;
  };

  CallBacklog(const Limits& limits, const base::Clock* clock) : limits_(limits), clock_(*clock) {}

  // Of a call that has begun. Not thread-safe by itself.
  class Turn {
   public:
    Turn(Turn&& other) noexcept
        : backlog_(std::exchange(other.backlog_, nullptr)), client_(std::move(other.client_)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (backlog_ != nullptr) backlog_->End(client_);
    }

   private:
    friend class CallBacklog;
    Turn(CallBacklog* backlog, std::string_view client) : backlog_(backlog), client_(client) {}

    CallBacklog* backlog_;
    std::string client_;
  };

  bool Admit(std::string_view client) ABSL_LOCKS_EXCLUDED(mutex_);
  Turn Begin(std::string_view client) ABSL_LOCKS_EXCLUDED(mutex_);

  // Clients of whom something is known.
  size_t clients() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Calls {
    double waiting = 0;
    size_t begun = 0;
    absl::Time seen;  // when some were forgotten
    bool IsOver() const { return waiting == 0 && begun == 0; }
  };

  void End(std::string_view client) ABSL_LOCKS_EXCLUDED(mutex_);
  Calls& Find(std::string_view client, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // For one more of such a client.
  bool HasRoom(const Calls& calls, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(absl::Time now, Calls& calls) const;
  // Those of whom nothing is left.
  void ForgetIdle(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Limits limits_;
  const base::Clock& clock_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Calls> by_client_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_CALL_BACKLOG_H_
