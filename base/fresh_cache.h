#ifndef COUNTERSIGN_BASE_FRESH_CACHE_H_
#define COUNTERSIGN_BASE_FRESH_CACHE_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "base/expiring_cache.h"
#include "base/share.h"
#include "base/single_flight.h"
#include "base/transient.h"
#include "base/worker_pool.h"

namespace countersign::base {

// Remembers what was read, bounded by what it weighs in memory, keys included; reads what is not
// there once for all who ask at the same time; and reads again for whoever needs it newer.
//
//   FreshCache<Value> cache(&pool, &clock, {.max_weight = 64 << 20});
//   auto read = cache.Get(key, lane, share, not_before, deadline, [=] { return Read(); });
//
// `not_before` is a moment of the cache's clock: what was asked for earlier will not do
// (absl::InfinitePast(): whatever is remembered will). So a caller who finds the value that he was
// given out of date asks again with a later `not_before`; what is then read serves the others too.
//
// What is remembered may also serve beyond its time, where its source cannot be asked
// (transient.h): see Fresh::keep_stale, Options::patience and Options::pause.
//
// Thread-safe. What was used least recently goes first. The pool must outlive the cache, and reads
// that have begun go on until it goes; `Value` is copied to each who asks: a shared_ptr if copies
// are dear.
template <typename Value>
class FreshCache {
 public:
  struct Options {
    size_t max_entries = std::numeric_limits<size_t>::max();
    size_t max_weight = 64 << 20;
    // What would do for others is read again, for who needs it newer, no more often than this; who
    // comes sooner gets what there is.
    absl::Duration between_renewals = absl::ZeroDuration();
    // Whether an error that says something lasting makes what is remembered be forgotten.
    bool errors_forget = true;
    // How long somebody waits for the source who could use what is beyond its time instead.
    absl::Duration patience = absl::InfiniteDuration();
    // How long the source is not asked for what may still serve, after it could not be asked.
    absl::Duration pause = absl::ZeroDuration();
  };

  // What reading gave, and how long to remember it (not at all: zero), at what weight in bytes,
  // without its key's.
  struct Fresh {
    Value value;
    absl::Duration keep = absl::ZeroDuration();
    size_t weight = 0;
    // How long it may serve, in all, those who would get a transient error instead.
    absl::Duration keep_stale = absl::ZeroDuration();
    // Under what to remember it, if that is another key than the one that was asked for: what is
    // read may say itself for how much it holds.
    std::optional<std::string> key = std::nullopt;
  };
  using Read = std::function<absl::StatusOr<Fresh>()>;
  // One that asks, while it goes on, whether anybody still waits for it (single_flight.h).
  using WatchfulRead = std::function<absl::StatusOr<Fresh>(const WorkerPool::Wanted& is_wanted)>;

  // A value, and when it was asked for.
  struct Reading {
    Value value;
    absl::Time asked;
    bool from_memory = false;
  };

  // Found in memory or not, or there but beyond its time, since the start; how many are in it, and
  // what they weigh.
  struct Counts {
    uint64_t hits = 0;
    uint64_t misses = 0;
    uint64_t stale = 0;
    size_t entries = 0;
    size_t weight = 0;
  };

  FreshCache(WorkerPool* pool, const Clock* clock, const Options& options)
      : options_(options), memory_(std::make_shared<Memory>(clock, options)), flights_(pool) {}

  // What is remembered, if that will do. No reading.
  std::optional<Reading> Find(std::string_view key, absl::Time not_before = absl::InfinitePast()) {
    const std::optional<Entry> known = memory_->Recall(key);
    if (known.has_value() && memory_->WillDo(*known, not_before)) return memory_->Hit(*known);
    ++memory_->misses;
    return std::nullopt;
  }

  // Remembers what was read by other means, and asked for at `asked`.
  void Keep(std::string_view key, absl::Time asked, const Fresh& fresh) {
    memory_->Keep(key, asked, fresh);
  }

  void Forget(std::string_view key) { memory_->Forget(key); }

  // What is remembered, or what `read` gives, which runs on the pool (worker_pool.h, single_flight.h)
  // and owns all it uses. An error of `read` makes what is remembered be forgotten (but see
  // Options::errors_forget), unless it is transient (transient.h); that is shared with nobody.
  absl::StatusOr<Reading> Get(std::string_view key, std::string_view lane, const Share& share,
                              absl::Time not_before, absl::Time deadline, const Read& read) {
    return GetWatchful(key, lane, share, not_before, deadline, nullptr,
                       [read](const WorkerPool::Wanted&) { return read(); });
  }
  // The same for one who waits no longer than `is_wanted`, if given, says: Cancelled after that.
  absl::StatusOr<Reading> GetWatchful(std::string_view key, std::string_view lane,
                                      const Share& share, absl::Time not_before,
                                      absl::Time deadline, const WorkerPool::Wanted& is_wanted,
                                      const WatchfulRead& read);

  // How many wait at this moment for a read of `key`.
  int CountWaiting(std::string_view key) const { return flights_.CountWaiting(key); }

  Counts counts() const { return memory_->counts(); }

 private:
  struct Entry {
    Value value;
    absl::Time asked;
    absl::Time fresh_until;
  };

  // Shared with reads that go on when nobody waits any more.
  class Memory {
   public:
    Memory(const Clock* clock, const Options& options)
        : clock_(clock),
          options_(options),
          entries_(clock, options.max_entries, options.max_weight),
          renewed_(clock, options.max_entries) {}

    // What is remembered, also beyond its time.
    std::optional<Entry> Recall(std::string_view key) { return entries_.Find(key); }

    bool WillDo(const Entry& entry, absl::Time not_before) const {
      return entry.asked >= not_before && clock_->Now() < entry.fresh_until;
    }

    Reading Hit(const Entry& entry) {
      ++hits;
      return {entry.value, entry.asked, /*from_memory=*/true};
    }
    Reading Stale(const Entry& entry) {
      ++stale;
      return {entry.value, entry.asked, /*from_memory=*/true};
    }

    // What is remembered by now, or what `read` gives.
    absl::StatusOr<Reading> FindOrRead(const std::string& key, absl::Time not_before,
                                       const WorkerPool::Wanted& is_wanted,
                                       const WatchfulRead& read);

    void Keep(std::string_view key, absl::Time asked, const Fresh& fresh) {
      // The key is there twice, in the entry and where it is found by.
      constexpr size_t kEntryBytes = 256;
      entries_.Put(key, {fresh.value, asked, clock_->Now() + fresh.keep},
                   std::max(fresh.keep, fresh.keep_stale),
                   kEntryBytes + 2 * key.size() + fresh.weight);
    }

    void Forget(std::string_view key) { entries_.Remove(key); }

    bool IsPaused() const { return absl::ToUnixMicros(clock_->Now()) < paused_until_; }

    Counts counts() const {
      return {.hits = hits,
              .misses = misses,
              .stale = stale,
              .entries = entries_.size(),
              .weight = entries_.weight()};
    }

    std::atomic<uint64_t> hits = 0;
    std::atomic<uint64_t> misses = 0;
    std::atomic<uint64_t> stale = 0;

   private:
    const Clock* const clock_;
    const Options options_;
    ExpiringCache<Entry> entries_;
    ExpiringCache<bool> renewed_;            // keys that were, within between_renewals
    std::atomic<int64_t> paused_until_ = 0;  // microseconds since 1970
  };

  absl::StatusOr<Reading> ReadAnew(std::string_view key, std::string_view lane, const Share& share,
                                   absl::Time not_before, absl::Time deadline,
                                   const WorkerPool::Wanted& is_wanted, const WatchfulRead& read);

  const Options options_;
  const std::shared_ptr<Memory> memory_;
  SingleFlight<Reading> flights_;
};

template <typename Value>
absl::StatusOr<typename FreshCache<Value>::Reading> FreshCache<Value>::GetWatchful(
    std::string_view key, std::string_view lane, const Share& share, absl::Time not_before,
    absl::Time deadline, const WorkerPool::Wanted& is_wanted, const WatchfulRead& read) {
  const std::optional<Entry> known = memory_->Recall(key);
  if (known.has_value() && memory_->WillDo(*known, not_before)) return memory_->Hit(*known);
  const bool may_serve = known.has_value() && known->asked >= not_before;
  const bool is_paused = known.has_value() && memory_->IsPaused();
  if (may_serve && is_paused) return memory_->Stale(*known);
  ++memory_->misses;
  if (may_serve || is_paused) deadline = std::min(deadline, In(options_.patience));
  absl::StatusOr<Reading> reading =
      ReadAnew(key, lane, share, not_before, deadline, is_wanted, read);
  if (may_serve && IsTransient(reading.status())) return memory_->Stale(*known);
  return reading;
}

template <typename Value>
absl::StatusOr<typename FreshCache<Value>::Reading> FreshCache<Value>::ReadAnew(
    std::string_view key, std::string_view lane, const Share& share, absl::Time not_before,
    absl::Time deadline, const WorkerPool::Wanted& is_wanted, const WatchfulRead& read) {
  // One that was under way already may have begun too early; one after that has not.
  for (int attempt = 0;; ++attempt) {
    absl::StatusOr<Reading> reading =
        flights_.RunWatchful(key, lane, share, deadline, is_wanted,
                             [memory = memory_, key = std::string(key), not_before,
                              read](const WorkerPool::Wanted& is_read_wanted) {
                               return memory->FindOrRead(key, not_before, is_read_wanted, read);
                             });
    if (!reading.ok() || reading->asked >= not_before || attempt > 0) return reading;
  }
}

template <typename Value>
absl::StatusOr<typename FreshCache<Value>::Reading> FreshCache<Value>::Memory::FindOrRead(
    const std::string& key, absl::Time not_before, const WorkerPool::Wanted& is_wanted,
    const WatchfulRead& read) {
  // Somebody else's may just have ended.
  if (const std::optional<Entry> known = Recall(key);
      known.has_value() && clock_->Now() < known->fresh_until) {
    const bool is_due = known->asked < not_before && !renewed_.Find(key).has_value();
    if (!is_due) return Reading{known->value, known->asked, /*from_memory=*/true};
    renewed_.Put(key, true, options_.between_renewals);
  }
  const absl::Time asked = clock_->Now();
  const absl::StatusOr<Fresh> fresh = read(is_wanted);
  const bool is_transient = IsTransient(fresh.status());
  paused_until_ = is_transient ? absl::ToUnixMicros(clock_->Now() + options_.pause) : 0;
  if (!fresh.ok()) {
    if (!is_transient && options_.errors_forget) Forget(key);
    return fresh.status();
  }
  Keep(fresh->key.value_or(key), asked, *fresh);
  return Reading{fresh->value, asked};
}

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_FRESH_CACHE_H_
