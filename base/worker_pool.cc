#include "base/worker_pool.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/node_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/fair_queue.h"

namespace countersign::base {
namespace {

size_t Size(int number) { return static_cast<size_t>(number); }

}  // namespace

// A task waits twice: in its lane for one of the lane's places, then, holding that, in the pool for
// a thread. Each is a fair queue of its own, so neither need look at tasks that the other holds up.
class WorkerPool::State {
 public:
  // One thread at least, so that every task that was taken will be run.
  explicit State(const Options& options)
      : options_(options),
        threads_queue_({.places = Size(options.threads),
                        .queue = Size(options.queue),
                        .shares = options.shares}) {
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
      for (std::thread& thread : ended_) threads.push_back(std::move(thread));
    }
    for (std::thread& thread : threads) thread.join();
  }

  absl::Status Schedule(std::string_view lane_name, const Share& share, Task task, Wanted wanted) {
    // Destroyed after the lock is gone: what tasks hold may lead back here.
    Unwanted unwanted;
    Work work = {std::move(task), std::move(wanted)};
    if (options_.waited != nullptr) work.scheduled = options_.clock->Now();
    absl::MutexLock lock(&mutex_);
    if (is_stopping_) return absl::UnavailableError("the worker pool is stopping");
    work.in_pool = threads_queue_.Admit(share);
    if (work.in_pool == nullptr) {
      ++refused_;
      return absl::ResourceExhaustedError("too many tasks wait for a thread");
    }
    Lane& lane = FindLane(lane_name);
    work.in_lane = lane.queue.Admit(share);
    if (work.in_lane == nullptr) {
      threads_queue_.Leave(work.in_pool);
      EraseIfEmpty(lane);
      ++refused_;
      return absl::ResourceExhaustedError(absl::StrCat("too many tasks wait for ", lane_name));
    }
    work.lane = &lane;
    Queue::Holder* const in_lane = work.in_lane;
    lane.queue.Enqueue(in_lane, std::move(work));
    Advance(lane, unwanted);
    OfferTasks();
    return absl::OkStatus();
  }

  Counts counts() const {
    absl::MutexLock lock(&mutex_);
    return {.running = threads_queue_.held(),
            .waiting = threads_queue_.inside() - threads_queue_.held(),
            .refused = refused_,
            .dropped = dropped_};
  }

 private:
  struct Lane;
  struct Work;
  using Queue = FairQueue<Work>;
  using Unwanted = std::vector<Work>;

  struct Work {
    Task task;
    Wanted wanted;  // may be null
    Lane* lane = nullptr;
    Queue::Holder* in_lane = nullptr;
    Queue::Holder* in_pool = nullptr;
    absl::Time scheduled = absl::InfinitePast();
  };

  struct Lane {
    Lane(std::string_view lane_name, const Options& options)
        : name(lane_name),
          queue({.places = Size(options.threads_per_lane),
                 .queue = Size(options.queue_per_lane),
                 .shares = options.shares}) {}
    const std::string name;
    Queue queue;
  };

  static bool IsWanted(const Work& work) { return work.wanted == nullptr || work.wanted(); }

  Lane& FindLane(std::string_view name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return lanes_.try_emplace(name, name, options_).first->second;
  }

  void EraseIfEmpty(Lane& lane) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (lane.queue.inside() == 0) lanes_.erase(std::string(lane.name));
  }

  // Wakes or starts one more thread if there are tasks that wait for one. It will do so too, so that
  // all that can start do, and none is started for what its share holds up.
  void OfferTasks() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (threads_queue_.waiting() == 0) return;
    if (idle_threads_ > 0) {
      may_start_.Signal();
    } else {
      StartThread();
    }
  }

  void StartThread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (threads_.size() >= Size(options_.threads)) return;
    JoinEnded();
    try {
      threads_.emplace_back([this] { RunTasks(); });
    } catch (const std::system_error&) {
      // The system has no thread to give: the task waits for one of those that are there.
    }
  }

  // They need the mutex no more.
  void JoinEnded() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (std::thread& thread : ended_) thread.join();
    ended_.clear();
  }

  // False: this thread is the only one, and goes on.
  bool EndThisThread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (threads_.size() == 1) return false;
    const auto self = std::find_if(threads_.begin(), threads_.end(), [](const std::thread& thread) {
      return thread.get_id() == std::this_thread::get_id();
    });
    ended_.push_back(std::move(*self));
    threads_.erase(self);
    return true;
  }

  // Lets tasks of the lane that have a place in it wait for a thread.
  void Advance(Lane& lane, Unwanted& unwanted) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto drop = [&](Work work) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      threads_queue_.Leave(work.in_pool);
      unwanted.push_back(std::move(work));
      ++dropped_;
    };
    while (std::optional<Queue::Turn> turn = lane.queue.Take(&IsWanted, drop)) {
      Queue::Holder* const in_pool = turn->item.in_pool;
      threads_queue_.Enqueue(in_pool, std::move(turn->item));
    }
    EraseIfEmpty(lane);
  }

  // The next task for a thread.
  std::optional<Work> TakeNext(Unwanted& unwanted) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const size_t already_unwanted = unwanted.size();
    const auto drop = [&](Work work) { unwanted.push_back(std::move(work)); };
    std::optional<Queue::Turn> turn = threads_queue_.Take(&IsWanted, drop);
    const size_t dropped_end = unwanted.size();
    for (size_t i = already_unwanted; i < dropped_end; ++i) {
      ++dropped_;
      LeaveLane(*unwanted[i].lane, unwanted[i].in_lane, unwanted);
    }
    if (!turn.has_value()) return std::nullopt;
    return std::move(turn->item);
  }

  void LeaveLane(Lane& lane, Queue::Holder* in_lane, Unwanted& unwanted)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    lane.queue.Release(in_lane);
    Advance(lane, unwanted);
  }

  // Waits for a task; nullopt when the pool is stopping, or has no need of this thread.
  std::optional<Work> AwaitNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    bool was_idle = false;
    while (!is_stopping_) {
      Unwanted unwanted;
      std::optional<Work> work = TakeNext(unwanted);
      if (!unwanted.empty()) {
        // What they own is destroyed without the mutex; meanwhile there may be more to take.
        mutex_.Unlock();
        unwanted.clear();
        mutex_.Lock();
        if (!work.has_value()) continue;
      }
      if (work.has_value()) return work;
      if (was_idle && EndThisThread()) return std::nullopt;
      ++idle_threads_;
      was_idle = may_start_.WaitWithTimeout(&mutex_, options_.keep_idle);
      --idle_threads_;
    }
    return std::nullopt;
  }

  // What each thread does.
  void RunTasks() {
    absl::MutexLock lock(&mutex_);
    while (std::optional<Work> work = AwaitNext()) {
      OfferTasks();
      mutex_.Unlock();
      if (options_.waited != nullptr) {
        options_.waited->Observe(absl::ToDoubleSeconds(options_.clock->Now() - work->scheduled));
      }
      work->task();
      work->task = nullptr;  // what it owns is destroyed without the mutex too
      work->wanted = nullptr;
      Unwanted unwanted;
      mutex_.Lock();
      threads_queue_.Release(work->in_pool);
      LeaveLane(*work->lane, work->in_lane, unwanted);
      if (unwanted.empty()) continue;
      mutex_.Unlock();
      unwanted.clear();
      mutex_.Lock();
    }
  }

  const Options options_;

  mutable absl::Mutex mutex_;
  // There may be a task to take, or the pool is stopping.
  absl::CondVar may_start_;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Lanes with tasks, waiting or running.
  absl::node_hash_map<std::string, Lane> lanes_ ABSL_GUARDED_BY(mutex_);
  Queue threads_queue_ ABSL_GUARDED_BY(mutex_);
  // Threads that wait for a task; some of them may have been signalled already.
  size_t idle_threads_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> ended_ ABSL_GUARDED_BY(mutex_);  // to be joined
};

WorkerPool::WorkerPool(const Options& options) : state_(std::make_unique<State>(options)) {}

WorkerPool::~WorkerPool() = default;

absl::Status WorkerPool::Schedule(std::string_view lane, const Share& share, Task task,
                                  Wanted wanted) {
  return state_->Schedule(lane, share, std::move(task), std::move(wanted));
}

WorkerPool::Counts WorkerPool::counts() const { return state_->counts(); }

}  // namespace countersign::base
