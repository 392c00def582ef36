#include "base/worker_pool.h"

#include <cstddef>
#include <deque>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/node_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

namespace countersign::base {

class WorkerPool::State {
 public:
  // One thread at least, so that every task that was taken will be run.
  explicit State(const Options& options) : options_(options) {
    absl::MutexLock lock(&mutex_);
    threads_.emplace_back([this] { RunTasks(); });
  }

  ~State() {
    std::vector<std::thread> threads;
    {
      absl::MutexLock lock(&mutex_);
      is_stopping_ = true;
      may_start_.SignalAll();
      threads.swap(threads_);
    }
    for (std::thread& thread : threads) thread.join();
  }

  absl::Status Schedule(std::string_view lane_name, std::function<void()> task) {
    absl::MutexLock lock(&mutex_);
    if (is_stopping_) return absl::UnavailableError("the worker pool is stopping");
    if (queued_ >= static_cast<size_t>(options_.queue)) {
      return absl::ResourceExhaustedError("too many tasks wait for a thread");
    }
    const auto [entry, is_new] = lanes_.try_emplace(lane_name);
    Lane& lane = entry->second;
    if (lane.tasks.size() + lane.running >= MaxTasksPerLane()) {
      return absl::ResourceExhaustedError(absl::StrCat("too many tasks wait for ", lane_name));
    }
    lane.name = entry->first;
    lane.tasks.push_back(std::move(task));
    ++queued_;
    OfferTurn(lane);
    if (turns_.size() > idle_threads_) StartThread();
    return absl::OkStatus();
  }

 private:
  struct Lane {
    std::string_view name;  // the lane's key in lanes_
    std::deque<std::function<void()>> tasks;
    size_t running = 0;
    // How often the lane stands in turns_: for that many of its tasks a thread will come.
    size_t turns = 0;
  };

  size_t MaxTasksPerLane() const {
    return static_cast<size_t>(options_.threads_per_lane) +
           static_cast<size_t>(options_.queue_per_lane);
  }

  // Called where a task has come for which no thread waits. A task that ends leaves its own thread.
  void StartThread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (threads_.size() >= static_cast<size_t>(options_.threads)) return;
    try {
      threads_.emplace_back([this] { RunTasks(); });
    } catch (const std::system_error&) {
      // The system has no thread to give: the task waits for one of those that are there.
    }
  }

  // Puts the lane in the row if it has a task that nobody comes for, and may run one more. Called
  // whenever a lane gets a task or ends one, so that one turn at a time is enough.
  void OfferTurn(Lane& lane) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (lane.tasks.size() <= lane.turns) return;
    if (lane.running + lane.turns >= static_cast<size_t>(options_.threads_per_lane)) return;
    ++lane.turns;
    turns_.push_back(&lane);
    may_start_.Signal();
  }

  Lane& TakeTurn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Lane& lane = *turns_.front();
    turns_.pop_front();
    --lane.turns;
    --queued_;
    ++lane.running;
    return lane;
  }

  void EndTurn(Lane& lane) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    --lane.running;
    OfferTurn(lane);
    if (lane.running == 0 && lane.tasks.empty()) lanes_.erase(lane.name);
  }

  // What each thread does.
  void RunTasks() {
    absl::MutexLock lock(&mutex_);
    while (true) {
      ++idle_threads_;
      while (turns_.empty() && !is_stopping_) may_start_.Wait(&mutex_);
      --idle_threads_;
      if (is_stopping_) return;
      Lane& lane = TakeTurn();
      std::function<void()> task = std::move(lane.tasks.front());
      lane.tasks.pop_front();
      mutex_.Unlock();
      task();
      task = nullptr;  // what it owns is destroyed without the mutex too
      mutex_.Lock();
      EndTurn(lane);
    }
  }

  const Options options_;

  absl::Mutex mutex_;
  // A turn was offered, or the pool is stopping.
  absl::CondVar may_start_;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Lanes with tasks, waiting or running.
  absl::node_hash_map<std::string, Lane> lanes_ ABSL_GUARDED_BY(mutex_);
  std::deque<Lane*> turns_ ABSL_GUARDED_BY(mutex_);
  size_t queued_ ABSL_GUARDED_BY(mutex_) = 0;
  // Threads that wait for a turn; some of them may have been signalled already.
  size_t idle_threads_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
};

WorkerPool::WorkerPool(const Options& options) : state_(std::make_unique<State>(options)) {}

WorkerPool::~WorkerPool() = default;

absl::Status WorkerPool::Schedule(std::string_view lane, std::function<void()> task) {
  return state_->Schedule(lane, std::move(task));
}

}  // namespace countersign::base
