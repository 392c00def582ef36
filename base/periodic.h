#ifndef COUNTERSIGN_BASE_PERIODIC_H_
#define COUNTERSIGN_BASE_PERIODIC_H_

#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace countersign::base {

// Does something again and again in a thread of its own, for as long as this lives: what reads a
// file or an object every so often, because nobody says when it changes.
class Periodic {
 public:
  // What is done. Returns after how long it is to be done again.
  using Look = std::function<absl::Duration()>;

  // The first time comes after `first`, counted from here, not from when the thread has begun. `clock` must
  // outlive this.
  Periodic(const Clock* clock, absl::Duration first, Look look);
  // Waits for a look in progress.
  ~Periodic();
  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;

 private:
  void Run(absl::Time until);

  const Clock* const clock_;
  const Look look_;

  absl::Mutex mutex_;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_PERIODIC_H_
