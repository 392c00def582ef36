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

// A deadline for what has none, a call's client: ends calls whose message does not come, or whose answer is not
// read. Thread-safe.
class CallWatch {
 public:
  // `clock` must outlive this.
  explicit CallWatch(absl::Duration timeout, const base::Clock* clock = &base::Clock::Real());
  // No guard may be left.
  ~CallWatch();
  CallWatch(const CallWatch&) = delete;
  CallWatch& operator=(const CallWatch&) = delete;

  // While it lives, `end` is called once if the timeout runs out, with no lock held; never after its
  // destruction, which waits for it if need be. The others' time goes on when `end` is done: it must be
  // quick, and must not wait for a guard.
  class Guard;
  Guard Watch(std::function<void()> end);

 private:
  enum class State : uint8_t { kWaiting, kEnding, kEnded };
  struct Watched {
    absl::Time until;
    std::function<void()> end;
    State state = State::kWaiting;
  };
  using Place = std::list<Watched>::iterator;

  void Run();
  // The first whose time has run out, from now on kEnding, once there is one; null: this ends.
  Watched* AwaitDue() ABSL_LOCKS_EXCLUDED(mutex_);
  void Leave(Place place) ABSL_LOCKS_EXCLUDED(mutex_);

  const absl::Duration timeout_;
  const base::Clock* const clock_;
  absl::Mutex mutex_;
  bool is_ending_ ABSL_GUARDED_BY(mutex_) = false;
  // Those kWaiting. The timeout is the same for all, so whoever came first is first.
  std::list<Watched> watched_ ABSL_GUARDED_BY(mutex_);
  // Those whose time has run out.
  std::list<Watched> ended_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

// Not thread-safe by itself.
class CallWatch::Guard {
 public:
  Guard(Guard&& other) noexcept
      : watch_(std::exchange(other.watch_, nullptr)), place_(other.place_) {}
  Guard& operator=(Guard&&) = delete;
  ~Guard() {
    if (watch_ != nullptr) watch_->Leave(place_);
  }

 private:
  friend class CallWatch;
  Guard(CallWatch* watch, Place place) : watch_(watch), place_(place) {}
  CallWatch* watch_;
  const Place place_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_CALL_WATCH_H_
