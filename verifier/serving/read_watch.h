#ifndef COUNTERSIGN_VERIFIER_SERVING_READ_WATCH_H_
#define COUNTERSIGN_VERIFIER_SERVING_READ_WATCH_H_

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

// A deadline for reads that have none: ends calls whose message does not come, while a thread waits
// for it. Thread-safe.
class ReadWatch {
 public:
  // `clock` must outlive this.
  explicit ReadWatch(absl::Duration timeout, const base::Clock* clock = &base::Clock::Real());
  // No guard may be left.
  ~ReadWatch();
  ReadWatch(const ReadWatch&) = delete;
  ReadWatch& operator=(const ReadWatch&) = delete;

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

class ReadWatch::Guard {
 public:
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  ~Guard();

 private:
  friend class ReadWatch;
  Guard(ReadWatch* watch, Place place) : watch_(watch), place_(place) {}
  ReadWatch* const watch_;
  const Place place_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_READ_WATCH_H_
