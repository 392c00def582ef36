#ifndef COUNTERSIGN_BASE_LEAD_OR_FOLLOW_H_
#define COUNTERSIGN_BASE_LEAD_OR_FOLLOW_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/transient.h"
#include "base/wanted.h"

namespace countersign::base {

// Lets threads that are about to do the same work at the same time do it once: the first does it, on
// its own thread, and the others wait for what comes of it. So it never waits for a thread of a
// pool, and may be called from a task of one (base/single_flight.h may not).
//
//   LeadOrFollow<Text> reading(&clock);
//   auto read = reading.Run(key, {.deadline = deadline}, will_do, [&] { return Read(); });
//
// - A transient error (transient.h) is the leader's own: his budget has ended, or his caller has
//   gone. Those who waited for it then do the work themselves, once for all of them.
// - Whatever else comes of it is for who waited to take or not (`will_do`); if not, he does the work
//   himself, or waits for somebody who began later.
// - Whose patience has ended does the work himself, whoever else does it: nobody is held up longer
//   than that by a leader who has to wait for what he himself would have had at once.
// - As long as somebody holds a value, who comes later may be given it, too. Nothing else is kept.
//
// Thread-safe. The work must not run the same key. Values may outlive this object.
template <typename Value>
class LeadOrFollow {
 public:
  using ValuePtr = std::shared_ptr<const Value>;
  using Wanted = std::function<bool()>;

  // How far somebody goes along with others. Moments are the clock's.
  struct Terms {
    // Work that began earlier is not waited for.
    absl::Time not_before = absl::InfinitePast();
    // For how long others are waited for, all together.
    absl::Duration patience = absl::Seconds(2);
    // When waiting ends with DeadlineExceeded. His own work keeps its deadline itself.
    absl::Time deadline = absl::InfiniteFuture();
    // Asked now and then while others are waited for, which ends with Cancelled if it says no. Null:
    // it is wanted.
    Wanted is_wanted;
  };

  // What came of the work, whoever did it, and when that began.
  struct Outcome {
    absl::StatusOr<ValuePtr> value;
    absl::Time begun;
  };

  using Work = absl::FunctionRef<absl::StatusOr<Value>()>;
  // Whether what came of another's work will do. Must be quick.
  using WillDo = absl::FunctionRef<bool(const absl::StatusOr<Value>& result, absl::Time begun)>;

  // The clock must outlive this, and the values.
  explicit LeadOrFollow(const Clock* clock) : clock_(clock), under_way_(std::make_shared<Runs>()) {}

  Outcome Run(std::string_view key, const Terms& terms, WillDo will_do, Work work);

 private:
  class OneRun;
  class Runs;

  // Whether it has ended: not, if it is `until` before. An error if nothing more is to be done.
  absl::StatusOr<bool> AwaitEnd(OneRun& run, const Terms& terms, absl::Time until) const;

  const Clock* const clock_;
  const std::shared_ptr<Runs> under_way_;
};

// One time that the work is done. It lives as long as somebody does it, waits for it, or holds what
// came of it.
template <typename Value>
class LeadOrFollow<Value>::OneRun : public std::enable_shared_from_this<OneRun> {
 public:
  OneRun(std::shared_ptr<Runs> runs, std::string_view key, uint64_t number, absl::Time begun)
      : number(number), begun(begun), runs_(std::move(runs)), key_(key) {}
  ~OneRun() { runs_->Forget(key_); }
  OneRun(const OneRun&) = delete;
  OneRun& operator=(const OneRun&) = delete;

  void End(absl::StatusOr<Value> result) {
    absl::MutexLock lock(&mutex_);
    result_ = std::move(result);
    has_ended_ = true;
  }

  bool AwaitEnd(const Clock& clock, absl::Time until) {
    absl::MutexLock lock(&mutex_);
    return clock.Await(&mutex_, absl::Condition(&has_ended_), until);
  }

  // Once it has ended; it does not change any more then.
  const absl::StatusOr<Value>& result() const ABSL_NO_THREAD_SAFETY_ANALYSIS { return result_; }

  Outcome ToOutcome() {
    if (!result().ok()) return {result().status(), begun};
    return {ValuePtr(this->shared_from_this(), &*result()), begun};
  }

  const uint64_t number;  // those that began later have higher ones
  const absl::Time begun;

 private:
  const std::shared_ptr<Runs> runs_;
  const std::string key_;
  absl::Mutex mutex_;
  bool has_ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::StatusOr<Value> result_ ABSL_GUARDED_BY(mutex_) = absl::InternalError("it has not ended");
};

// The newest run of each key that has one. Runs share it, as they may outlive the LeadOrFollow.
template <typename Value>
class LeadOrFollow<Value>::Runs {
 public:
  struct Place {
    std::shared_ptr<OneRun> run;
    bool leads;
  };

  // The key's newest run, unless it began too early or is not after the one passed over; a new one
  // then.
  static Place Join(const std::shared_ptr<Runs>& runs, std::string_view key, absl::Time not_before,
                    uint64_t passed_over, absl::Time now) {
    std::shared_ptr<OneRun> known;  // goes after the lock, which the end of a run takes
    absl::MutexLock lock(&runs->mutex_);
    std::weak_ptr<OneRun>& newest = runs->newest_[key];
    known = newest.lock();
    if (known != nullptr && known->number > passed_over && known->begun >= not_before) {
      return {known, /*leads=*/false};
    }
    auto own = std::make_shared<OneRun>(runs, key, ++runs->last_number_, now);
    newest = own;
    return {std::move(own), /*leads=*/true};
  }

  // The end of one of the key's runs: forgets the key unless there is a newer one.
  void Forget(std::string_view key) {
    absl::MutexLock lock(&mutex_);
    const auto newest = newest_.find(key);
    if (newest != newest_.end() && newest->second.expired()) newest_.erase(newest);
  }

 private:
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::weak_ptr<OneRun>> newest_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
};

template <typename Value>
typename LeadOrFollow<Value>::Outcome LeadOrFollow<Value>::Run(std::string_view key,
                                                               const Terms& terms, WillDo will_do,
                                                               Work work) {
  const absl::Time patient_until = clock_->Now() + terms.patience;
  uint64_t passed_over = 0;
  while (true) {
    const absl::Time now = clock_->Now();
    const bool is_patient = now < patient_until;
    const auto [run, leads] = Runs::Join(
        under_way_, key, is_patient ? terms.not_before : absl::InfiniteFuture(), passed_over, now);
    if (leads) {
      run->End(work());
      return run->ToOutcome();
    }
    const absl::StatusOr<bool> has_ended = AwaitEnd(*run, terms, patient_until);
    if (!has_ended.ok()) return {has_ended.status(), run->begun};
    if (*has_ended && !IsTransient(run->result().status()) && will_do(run->result(), run->begun)) {
      return run->ToOutcome();
    }
    passed_over = run->number;
  }
}

template <typename Value>
absl::StatusOr<bool> LeadOrFollow<Value>::AwaitEnd(OneRun& run, const Terms& terms,
                                                   absl::Time until) const {
  while (true) {
    const absl::Time soon = clock_->Now() + kAskIfWanted;
    if (run.AwaitEnd(*clock_, std::min({until, terms.deadline, soon}))) return true;
    const absl::Time now = clock_->Now();
    if (now >= terms.deadline) return absl::DeadlineExceededError("no answer in time");
    if (terms.is_wanted != nullptr && !terms.is_wanted()) {
      return NobodyWaits();
    }
    if (now >= until) return false;
  }
}

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_LEAD_OR_FOLLOW_H_
