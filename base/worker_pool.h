#ifndef COUNTERSIGN_BASE_WORKER_POOL_H_
#define COUNTERSIGN_BASE_WORKER_POOL_H_

#include <functional>
#include <memory>
#include <string_view>

#include "absl/status/status.h"

namespace countersign::base {

// A bounded number of threads for work that waits for something outside, sorted into lanes (a lane
// is, for example, a registry's host). At most `threads_per_lane` tasks of one lane run at a time,
// so that a lane whose tasks hang cannot take the threads of the others; at most `queue_per_lane`
// more wait, without a thread, in order. Lanes take turns.
//
// Thread-safe. The destructor runs no task that has not started, waits for those that have, and
// destroys the rest.
class WorkerPool {
 public:
  struct Options {
    // At the most; they are started when tasks first need them, and stay until the end.
    int threads = 64;
    int threads_per_lane = 16;
    int queue_per_lane = 1024;
    // Tasks that have not started, of all lanes together: there can be many lanes.
    int queue = 16 * 1024;
  };

  explicit WorkerPool(const Options& options);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Runs `task`, which must not throw, on a thread of the pool as soon as its lane and the pool
  // have room. ResourceExhausted, and `task` is not run, if the lane has threads_per_lane +
  // queue_per_lane tasks, running ones included, or the pool's queue is full. Unavailable while the
  // pool is being destroyed.
  absl::Status Schedule(std::string_view lane, std::function<void()> task);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_WORKER_POOL_H_
