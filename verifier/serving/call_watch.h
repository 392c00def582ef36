#ifndef COUNTERSIGN_VERIFIER_SERVING_CALL_WATCH_H_
#define COUNTERSIGN_VERIFIER_SERVING_CALL_WATCH_H_

#include <cstdint>
#include <functional>
#include <list>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace countersign::verifier {

// A deadline for what has none, while a thread waits for a call's client: ends calls whose message does
// not come, or whose answer is not read. Thread-safe.
class CallWatch {
 public:
  // `clock` must outlive this.
  explicit CallWatch(absl::Duration timeout, const base::Clock* clock = &base::Clock::Real());
  // No guard may be left.
  ~CallWatch();
  CallWatch(const CallWatch&) = delete;
  CallWatch& operator=(const CallWatch&) = delete;

  // While it lives, `end` is called once if the timeout runs out; never after its destruction.
  class Guard;
  Guard Watch(std::function<void()> end);

 private:
  struct Watched {
    absl::Time until;
    std::function<void()> end;
  };
  using Place = std::list<Watched>::iterator;

  void Run();

  const absl::Duration timeout_;
  const base::Clock* const clock_;
  absl::Mutex mutex_;
  bool is_ending_ ABSL_GUARDED_BY(mutex_) = false;
  // The timeout is the same for all, so whoever came first is first.
  std::list<Watched> watched_ ABSL_GUARDED_BY(mutex_);
  // Those whose time has run out.
  std::list<Watched> ended_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

class CallWatch::Guard {
 public:
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  ~Guard();

 private:
  friend class CallWatch;
  Guard(CallWatch* watch, Place place) : watch_(watch), place_(place) {}
  CallWatch* const watch_;
  const Place place_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_CALL_WATCH_H_
