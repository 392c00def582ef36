#ifndef COUNTERSIGN_BASE_FLIGHTS_H_
#define COUNTERSIGN_BASE_FLIGHTS_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "base/progress.h"
#include "base/worker_pool.h"

namespace countersign::base {

// The work of a SingleFlight (single_flight.h) that goes on, by key. Tasks on the pool share it, as
// they can outlive the SingleFlight. Thread-safe.
template <typename Value>
class Flights {
 public:
  using Work = std::function<absl::StatusOr<Value>(const WorkerPool::Wanted& is_wanted)>;

  class Wish;

  // One piece of work. `result` is written once, before `landed`.
  struct Flight {
    Flight(std::string_view flight_key, const Work& flight_work,
           std::shared_ptr<Progress> flight_progress)
        : key(flight_key), progress(std::move(flight_progress)), work(flight_work) {}
    const std::string key;
    const std::shared_ptr<Progress> progress;  // of the work; null: nobody keeps it
    absl::StatusOr<Value> result = absl::InternalError("the work has not ended");
    absl::Notification landed;
    std::atomic<int> waiting = 0;
    // Guarded by the mutex of Flights.
    Work work;                       // until it begins
    bool has_begun = false;          // or never will
    std::weak_ptr<const Wish> wish;  // alive while anybody holds a ticket
  };

  // What Join found or made.
  struct Boarding {
    std::shared_ptr<Flight> flight;
    std::shared_ptr<const Wish> wish;
    bool is_new = false;
    bool has_begun = false;
  };

  // The flight of `key`; a new one, with `work` and its progress, if there is none.
  static Boarding Join(const std::shared_ptr<Flights>& flights, std::string_view key,
                       const Work& work, const std::shared_ptr<Progress>& progress) {
    absl::MutexLock lock(&flights->mutex_);
    const auto [entry, is_new] = flights->by_key_.try_emplace(key, nullptr);
    if (is_new) {
      if (progress != nullptr) progress->PutInLine();
      entry->second = std::make_shared<Flight>(key, work, progress);
    }
    Flight& flight = *entry->second;
    std::shared_ptr<const Wish> wish = flight.wish.lock();
    if (wish == nullptr) {
      wish = std::make_shared<const Wish>(flights, entry->second);
      flight.wish = wish;
    }
    return {entry->second, std::move(wish), is_new, flight.has_begun};
  }

  int CountWaiting(std::string_view key) const {
    absl::MutexLock lock(&mutex_);
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? 0 : found->second->waiting.load();
  }

  // Called when the last ticket has gone. What has not begun never will, and who joins now starts
  // another.
  void GiveUp(Flight& flight) {
    Work unwanted;  // destroyed after the lock is gone
    absl::MutexLock lock(&mutex_);
    // Somebody may have joined this moment.
    if (!flight.wish.expired() || flight.has_begun) return;
    flight.has_begun = true;
    unwanted = std::move(flight.work);
    by_key_.erase(flight.key);
  }

  bool HasBegun(const Flight& flight) const {
    absl::MutexLock lock(&mutex_);
    return flight.has_begun;
  }

  // Whether anybody holds a ticket.
  bool IsWanted(const Flight& flight) const {
    absl::MutexLock lock(&mutex_);
    return !flight.wish.expired();
  }

  // The work, for the first who comes for it; null for all others.
  Work Begin(Flight& flight) {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(flight.has_begun, true)) return nullptr;
    return std::move(flight.work);
  }

  // Ends the flight. It is forgotten before anybody hears of its end, so that who then tries again
  // does not find it.
  void Land(Flight& flight, absl::StatusOr<Value> result) {
    {
      absl::MutexLock lock(&mutex_);
      by_key_.erase(flight.key);
    }
    flight.result = std::move(result);
    flight.landed.Notify();
  }

 private:
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<Flight>> by_key_ ABSL_GUARDED_BY(mutex_);
};

// Says that the flight is wanted, for as long as this lives.
template <typename Value>
class Flights<Value>::Wish {
 public:
  Wish(std::shared_ptr<Flights> flights, std::shared_ptr<Flight> flight)
      : flights_(std::move(flights)), flight_(std::move(flight)) {}
  ~Wish() { flights_->GiveUp(*flight_); }
  Wish(const Wish&) = delete;
  Wish& operator=(const Wish&) = delete;

 private:
  const std::shared_ptr<Flights> flights_;
  const std::shared_ptr<Flight> flight_;
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_FLIGHTS_H_
