#ifndef COUNTERSIGN_BASE_WORKER_POOL_H_
#define COUNTERSIGN_BASE_WORKER_POOL_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/share.h"
#include "prometheus/histogram.h"

namespace countersign::base {

// A bounded number of threads for work that waits for something outside, sorted into lanes (a lane
// is, for example, a registry's host). At most `threads_per_lane` tasks of one lane run at a time,
// so that a lane whose tasks hang cannot take the threads of the others; at most `queue_per_lane`
// more wait, without a thread.
//
// Threads are handed out in turns, in each lane and over all lanes: by the tasks' caller first, then
// by group, then by request (base/share.h); tasks of one request and lane run in order. With
// `shares` a caller, a group and a request may also have only their part (ShareLimits) of a lane's
// threads and queue, and of the pool's: somebody else always finds room and a thread.
//
// Thread-safe. The destructor runs no task that has not started, waits for those that have, and
// destroys the rest.
class WorkerPool {
 public:
  using Task = std::function<void()>;
  using Wanted = std::function<bool()>;

  struct Options {
    // At the most; they are started when tasks first need them, and stay until the end, or until nothing has
    // needed them for so long. One always stays.
    int threads = 64;
    absl::Duration keep_idle = absl::InfiniteDuration();
    int threads_per_lane = 16;
    int queue_per_lane = 1024;
    // Tasks that have not started, of all lanes together: there can be many lanes.
    int queue = 16 * 1024;
    // For pools that work on behalf of callers who do not know each other.
    bool shares = false;
    // Where it is observed for how many seconds tasks that were begun had waited; null: nowhere. Both
    // must outlive the pool.
    prometheus::Histogram* waited = nullptr;
    const Clock* clock = &Clock::Real();
  };

  // At this moment, and since the start.
  struct Counts {
    size_t running = 0;
    size_t waiting = 0;
    uint64_t refused = 0;  // Schedule did not take them
    uint64_t dropped = 0;  // nobody wanted them any more when it was their turn
  };

  explicit WorkerPool(const Options& options);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Runs `task`, which must not throw, on a thread of the pool when it is its turn and its lane, its
  // share and the pool have room. Just before that `wanted`, if given, is asked, possibly more than
  // once: if it says no, the task is destroyed instead, and costs nobody a turn. It is asked while
  // the pool is locked: it must be quick, and not call the pool.
  //
  // ResourceExhausted, and `task` is not run, if the lane has threads_per_lane + queue_per_lane
  // tasks, running ones included, if the pool's queue is full, or if the share has its part of
  // either. Unavailable while the pool is being destroyed.
  absl::Status Schedule(std::string_view lane, const Share& share, Task task,
                        Wanted wanted = nullptr);

  // For what the program does on nobody's behalf in particular.
  absl::Status Schedule(std::string_view lane, Task task) {
    return Schedule(lane, Share(), std::move(task));
  }

  Counts counts() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_WORKER_POOL_H_
