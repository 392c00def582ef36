#ifndef COUNTERSIGN_BASE_SINGLE_FLIGHT_H_
#define COUNTERSIGN_BASE_SINGLE_FLIGHT_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/not_now.h"
#include "base/worker_pool.h"

namespace countersign::base {

// Lets many callers that ask the same question at the same time share one piece of work.
//
//   SingleFlight<Answer> flights(&pool);
//   SingleFlight<Answer>::Ticket ticket = flights.Join(key, lane, [] { return Look(); });
//   ... join others, which are then under way at the same time ...
//   absl::StatusOr<Answer> answer = ticket.Wait(deadline);
//
// - The first to join a key starts the work on the pool; it goes on, and serves those who wait,
//   whatever becomes of the first. The work must bound its own time, and own (not borrow) all it
//   uses.
// - Every caller waits until its own deadline: DeadlineExceeded after that.
// - A definite result (a value, or an error for which IsNotNow is false) is shared with all who
//   joined. "Not now" is given only to the caller that started the work; another that joined it and
//   still has time starts the work once more inside its Wait, at most once itself, or joins whoever
//   was quicker to start it.
// - What the pool refuses to take (its Schedule's error) is "not now" like any other.
// - Nothing is kept after the work has ended: a cache is somebody else's business.
//
// Thread-safe. The pool must outlive this object, and this object all tickets. Wait must not be
// called from a task of the same pool: it would wait for a thread while it holds one. `Value` is
// copied to each caller.
template <typename Value>
class SingleFlight {
 private:
  struct Flight;

 public:
  using Work = std::function<absl::StatusOr<Value>()>;

  // A caller's share in a piece of work; for one thread at a time. Dropping it gives up the share,
  // not the work.
  class Ticket {
   public:
    absl::StatusOr<Value> Wait(absl::Time deadline);

   private:
    friend class SingleFlight;
    Ticket(SingleFlight* flights, std::string_view key, std::string_view lane, Work work)
        : flights_(flights), key_(key), lane_(lane), work_(std::move(work)) {
      Join();
    }
    // Takes part in the work of the key, and starts it if nobody else has.
    void Join();

    SingleFlight* flights_;
    std::string key_;
    std::string lane_;
    Work work_;
    std::shared_ptr<Flight> flight_;
    bool is_mine_ = false;
  };

  explicit SingleFlight(WorkerPool* pool) : pool_(pool), flights_(std::make_shared<Flights>()) {}

  // Does not block.
  Ticket Join(std::string_view key, std::string_view lane, Work work) {
    return Ticket(this, key, lane, std::move(work));
  }

  // Joins and waits; starts nothing if there is no time left.
  absl::StatusOr<Value> Run(std::string_view key, std::string_view lane, absl::Time deadline,
                            Work work) {
    if (absl::Now() >= deadline) return TooLate();
    return Join(key, lane, std::move(work)).Wait(deadline);
  }

  // How many callers wait for the work of `key` at this moment, the one that started it included.
  int CountWaiting(std::string_view key) const { return flights_->CountWaiting(key); }

 private:
  // One piece of work. `result` is written once, before `landed`.
  struct Flight {
    absl::StatusOr<Value> result = absl::InternalError("the work has not ended");
    absl::Notification landed;
    std::atomic<int> waiting = 0;
  };

  // The work that goes on, by key. Tasks on the pool share it, as they can outlive the
  // SingleFlight.
  class Flights {
   public:
    // The flight of `key`, and whether the caller must start it.
    std::pair<std::shared_ptr<Flight>, bool> Join(std::string_view key) {
      absl::MutexLock lock(&mutex_);
      const auto [entry, is_new] = by_key_.try_emplace(key, nullptr);
      if (is_new) entry->second = std::make_shared<Flight>();
      return {entry->second, is_new};
    }

    int CountWaiting(std::string_view key) const {
      absl::MutexLock lock(&mutex_);
      const auto found = by_key_.find(key);
      return found == by_key_.end() ? 0 : found->second->waiting.load();
    }

    // Ends the flight of `key`. It is forgotten before anybody hears of its end, so that who then
    // tries again does not find it.
    void Land(std::string_view key, Flight& flight, absl::StatusOr<Value> result) {
      {
        absl::MutexLock lock(&mutex_);
        by_key_.erase(key);
      }
      flight.result = std::move(result);
      flight.landed.Notify();
    }

   private:
    mutable absl::Mutex mutex_;
    absl::flat_hash_map<std::string, std::shared_ptr<Flight>> by_key_ ABSL_GUARDED_BY(mutex_);
  };

  static absl::Status TooLate() { return absl::DeadlineExceededError("no answer in time"); }

  void Start(std::string_view key, std::string_view lane, std::shared_ptr<Flight> flight,
             Work work);

  WorkerPool* const pool_;
  const std::shared_ptr<Flights> flights_;
};

template <typename Value>
void SingleFlight<Value>::Ticket::Join() {
  std::tie(flight_, is_mine_) = flights_->flights_->Join(key_);
  if (is_mine_) flights_->Start(key_, lane_, flight_, std::move(work_));
}

template <typename Value>
absl::StatusOr<Value> SingleFlight<Value>::Ticket::Wait(absl::Time deadline) {
  while (true) {
    ++flight_->waiting;
    const bool landed = flight_->landed.WaitForNotificationWithDeadline(deadline);
    --flight_->waiting;
    if (!landed) return TooLate();
    // A caller starts the work only once, as that is where its own loop ends.
    if (is_mine_ || !IsNotNow(flight_->result.status())) return flight_->result;
    if (absl::Now() >= deadline) return TooLate();
    Join();
  }
}

template <typename Value>
void SingleFlight<Value>::Start(std::string_view key, std::string_view lane,
                                std::shared_ptr<Flight> flight, Work work) {
  const absl::Status scheduled =
      pool_->Schedule(lane, [flights = flights_, key = std::string(key), flight,
                             work = std::move(work)] { flights->Land(key, *flight, work()); });
  if (!scheduled.ok()) flights_->Land(key, *flight, scheduled);
}

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_SINGLE_FLIGHT_H_
