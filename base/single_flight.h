#ifndef COUNTERSIGN_BASE_SINGLE_FLIGHT_H_
#define COUNTERSIGN_BASE_SINGLE_FLIGHT_H_

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/flights.h"
#include "base/progress.h"
#include "base/share.h"
#include "base/transient.h"
#include "base/wanted.h"
#include "base/worker_pool.h"

namespace countersign::base {

// Lets many callers that ask the same question at the same time share one piece of work.
//
//   SingleFlight<Answer> flights(&pool);
//   SingleFlight<Answer>::Ticket ticket = flights.Join(key, lane, share, [] { return Look(); });
//   ... join others, which are then under way at the same time ...
//   absl::StatusOr<Answer> answer = ticket.Wait(deadline);
//
// - The first to join a key puts the work in the pool's line. Who joins before it has begun puts it
//   in line once more, on his own share, and the first turn of them all counts: nobody waits behind
//   what another has in line. What is no longer wanted by anybody when its turn comes is dropped.
// - Work that has begun goes on, and serves those who wait, whatever becomes of the first. It must
//   bound its own time, and own (not borrow) all it uses.
// - Every caller waits until its own deadline: DeadlineExceeded after that, which says what has taken the
//   time if whoever started the work keeps its `progress` (base/progress.h). The `is_wanted` that it
//   may give is asked ten times a second: Cancelled once it says no.
// - A definite result (a value, or an error for which IsTransient is false) is shared with all who
//   joined. A transient error is given only to the caller that started the work; another that joined
//   it and still has time starts the work once more inside its Wait, at most once itself, or joins
//   whoever was quicker to start it.
// - Who joins work that has begun already may say of what comes of it whether it will do for him, who
//   asks later (`will_do`); if not, he starts the work once more in the same way, or joins somebody's
//   that has begun since.
// - What the pool refuses to take (its Schedule's error) is transient like any other.
// - Nothing is remembered once the work has ended (fresh_cache.h does).
//
// Thread-safe. The pool must outlive this object, and this object all tickets. Wait must not be
// called from a task of the same pool: it would wait for a thread while it holds one. `Value` is
// copied to each caller.
template <typename Value>
class SingleFlight {
 private:
  using Flight = typename Flights<Value>::Flight;
  using Wish = typename Flights<Value>::Wish;

 public:
  using Work = std::function<absl::StatusOr<Value>()>;
  // Work that asks, while it goes on, whether anybody still waits for it, and ends soon if not. The
  // answer may be asked for until the work ends.
  using WatchfulWork = typename Flights<Value>::Work;
  // Whether what came of work that had begun before it was joined will do. Must be quick.
  using WillDo = std::function<bool(const absl::StatusOr<Value>& result)>;

  // A caller's part in a piece of work; for one thread at a time. Dropping it, or a Wait that ends
  // at its deadline, gives up the part: work that has begun goes on without it.
  class Ticket {
   public:
    absl::StatusOr<Value> Wait(absl::Time deadline, const WorkerPool::Wanted& is_wanted = nullptr);

    // Waits until `until` for what comes of the work, and does not give up the part: where it has to be
    // started once more, that is done, too. Whether it is there: then Wait does not block. Once `until`
    // is over this waits for nothing, and costs next to nothing.
    bool AwaitEnd(absl::Time until) {
      // A wait that is over when it begins would still go to the kernel and back.
      while (flight_->landed.HasBeenNotified() ||
             (!HasPassed(until) && flight_->landed.WaitForNotificationWithDeadline(until))) {
        if (IsAnswer(flight_->result)) return true;
        JoinAnew();
      }
      return false;
    }

   private:
    friend class SingleFlight;
    Ticket(SingleFlight* flights, std::string_view key, std::string_view lane, const Share& share,
           WatchfulWork work, WillDo will_do, std::shared_ptr<Progress> progress)
        : flights_(flights),
          key_(key),
          lane_(lane),
          share_(share),
          work_(std::move(work)),
          will_do_(std::move(will_do)),
          progress_(std::move(progress)) {
      Join();
    }
    // Takes part in the work of the key, and puts it in line.
    void Join();
    // The same after work that was no answer: what goes on then has begun while this caller waited.
    void JoinAnew() {
      Join();
      is_late_ = false;
    }
    // Waits until the flight has landed; OK then.
    absl::Status AwaitLanding(absl::Time deadline, const WorkerPool::Wanted& is_wanted) const;
    // Whether what came of it is an answer for this caller.
    bool IsAnswer(const absl::StatusOr<Value>& result) const {
      if (is_mine_) return true;
      return !IsTransient(result.status()) &&
             (!is_late_ || will_do_ == nullptr || will_do_(result));
    }

    SingleFlight* flights_;
    std::string key_;
    std::string lane_;
    Share share_;
    WatchfulWork work_;
    WillDo will_do_;
    std::shared_ptr<Progress> progress_;  // of the work, if this starts it
    std::shared_ptr<Flight> flight_;
    std::shared_ptr<const Wish> wish_;
    bool is_mine_ = false;
    bool is_late_ = false;  // the work had begun before this was there
  };

  explicit SingleFlight(WorkerPool* pool)
      : pool_(pool), flights_(std::make_shared<Flights<Value>>()) {}

  // Does not block.
  Ticket Join(std::string_view key, std::string_view lane, const Share& share, Work work) {
    return JoinWatchful(key, lane, share,
                        [work = std::move(work)](const WorkerPool::Wanted&) { return work(); });
  }
  Ticket JoinWatchful(std::string_view key, std::string_view lane, const Share& share,
                      WatchfulWork work, WillDo will_do = nullptr,
                      std::shared_ptr<Progress> progress = nullptr) {
    return Ticket(this, key, lane, share, std::move(work), std::move(will_do), std::move(progress));
  }

  // Joins and waits; starts nothing if there is no time left.
  absl::StatusOr<Value> Run(std::string_view key, std::string_view lane, const Share& share,
                            absl::Time deadline, Work work) {
    return RunWatchful(key, lane, share, deadline, nullptr,
                       [work = std::move(work)](const WorkerPool::Wanted&) { return work(); });
  }
  absl::StatusOr<Value> RunWatchful(std::string_view key, std::string_view lane, const Share& share,
                                    absl::Time deadline, const WorkerPool::Wanted& is_wanted,
                                    WatchfulWork work) {
    if (HasPassed(deadline)) return TooLate(nullptr);
    return JoinWatchful(key, lane, share, std::move(work)).Wait(deadline, is_wanted);
  }

  // How many callers wait for the work of `key` at this moment, the one that started it included.
  int CountWaiting(std::string_view key) const { return flights_->CountWaiting(key); }

 private:
  static absl::Status TooLate(const Progress* progress) {
    const std::string what = progress == nullptr ? "" : progress->WhatTook();
    return absl::DeadlineExceededError(
        absl::StrCat("no answer in time", what.empty() ? "" : ": ", what));
  }

  // Puts the flight in line on somebody's share.
  absl::Status PutInLine(std::string_view lane, const Share& share,
                         const std::shared_ptr<Flight>& flight);

  WorkerPool* const pool_;
  const std::shared_ptr<Flights<Value>> flights_;
};

template <typename Value>
void SingleFlight<Value>::Ticket::Join() {
  typename Flights<Value>::Boarding boarding =
      Flights<Value>::Join(flights_->flights_, key_, work_, progress_);
  flight_ = std::move(boarding.flight);
  wish_ = std::move(boarding.wish);
  is_mine_ = boarding.is_new;
  is_late_ = boarding.has_begun;
  if (boarding.has_begun) return;
  const absl::Status in_line = flights_->PutInLine(lane_, share_, flight_);
  if (in_line.ok() || !is_mine_) return;
  // Unless somebody has joined meanwhile whose own turn has come already.
  if (flights_->flights_->Begin(*flight_) != nullptr) {
    flights_->flights_->Land(*flight_, in_line);
  }
}

template <typename Value>
absl::Status SingleFlight<Value>::Ticket::AwaitLanding(absl::Time deadline,
                                                       const WorkerPool::Wanted& is_wanted) const {
  if (is_wanted == nullptr) {
    return flight_->landed.WaitForNotificationWithDeadline(deadline)
               ? absl::OkStatus()
               : TooLate(flight_->progress.get());
  }
  while (!flight_->landed.WaitForNotificationWithDeadline(std::min(deadline, In(kAskIfWanted)))) {
    if (HasPassed(deadline)) return TooLate(flight_->progress.get());
    if (!is_wanted()) return NobodyWaits();
  }
  return absl::OkStatus();
}

template <typename Value>
absl::StatusOr<Value> SingleFlight<Value>::Ticket::Wait(absl::Time deadline,
                                                        const WorkerPool::Wanted& is_wanted) {
  while (true) {
    ++flight_->waiting;
    const absl::Status landed = AwaitLanding(deadline, is_wanted);
    --flight_->waiting;
    if (!landed.ok()) {
      wish_ = nullptr;
      return landed;
    }
    // A caller starts the work only once, as that is where its own loop ends.
    if (IsAnswer(flight_->result)) return flight_->result;
    if (HasPassed(deadline)) return TooLate(flight_->progress.get());
    JoinAnew();
  }
}

template <typename Value>
absl::Status SingleFlight<Value>::PutInLine(std::string_view lane, const Share& share,
                                            const std::shared_ptr<Flight>& flight) {
  return pool_->Schedule(
      lane, share,
      [flights = flights_, flight] {
        const WatchfulWork work = flights->Begin(*flight);
        if (work == nullptr) return;
        flights->Land(*flight, work([&flights, &flight] { return flights->IsWanted(*flight); }));
      },
      [flights = flights_, flight] { return !flights->HasBegun(*flight); });
}

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_SINGLE_FLIGHT_H_
