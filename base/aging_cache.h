#ifndef COUNTERSIGN_BASE_AGING_CACHE_H_
#define COUNTERSIGN_BASE_AGING_CACHE_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace countersign::base {

// Remembers values that serve everybody while they are fresh, and after that for a while those who have
// nothing better; bounded by what they weigh, keys included.
//
//   AgingCache<Value> cache(&clock, {.max_weight = 64 << 20});
//   cache.Keep("key", {.value = value, .asked = then, .fresh = absl::Minutes(5), .kept = absl::Hours(1)});
//   cache.Find("key")     what is fresh
//   cache.FindAged("key") whatever is there, and when it was asked for
//
// Where there is no room for another, the oldest that is not fresh any more goes first, whoever used it;
// only where all are fresh the one that was used least recently. So what is kept beyond its time costs
// nobody what is fresh.
//
// Moments are those of the clock: what was asked for in the future, since the clock was set back, is not
// found.
//
// Thread-safe; no call blocks on anything but the cache's own mutex, and values are destroyed outside of
// it. The clock must outlive the cache.
template <typename Value>
class AgingCache {
 public:
  struct Options {
    size_t max_weight = 0;
  };
  // A value, asked for at a moment, from which both times are counted; `kept` counts where it is longer.
  // `weight`: its bytes elsewhere.
  struct Kept {
    Value value;
    absl::Time asked;
    absl::Duration fresh;
    absl::Duration kept = absl::ZeroDuration();
    size_t weight = 0;
  };
  struct Reading {
    Value value;
    absl::Time asked;
  };
  // Found fresh or not, since the start; how many there are, and what they weigh.
  struct Counts {
    uint64_t hits = 0;
    uint64_t misses = 0;
    size_t entries = 0;
    size_t weight = 0;
  };

  AgingCache(const Clock* clock, const Options& options)
      : clock_(clock), max_weight_(options.max_weight) {}
  AgingCache(const AgingCache&) = delete;
  AgingCache& operator=(const AgingCache&) = delete;

  std::optional<Reading> Find(std::string_view key) {
    std::optional<Reading> found = Look(key, /*is_aged_enough=*/false);
    ++(found.has_value() ? hits_ : misses_);
    return found;
  }
  std::optional<Reading> FindAged(std::string_view key) {
    return Look(key, /*is_aged_enough=*/true);
  }

  // In the place of what was there. What has no time left, or weighs more than all may, is not kept.
  void Keep(std::string_view key, Kept kept);

  // It is not kept any longer than it is fresh.
  void KeepFreshOnly(std::string_view key);

  void Forget(std::string_view key);

  Counts counts() const {
    absl::MutexLock lock(&mutex_);
    return {.hits = hits_, .misses = misses_, .entries = index_.size(), .weight = weight_};
  }

 private:
  // About what an entry takes beside its value and key: its node, its places in the index and by age.
  static constexpr size_t kEntryBytes = 320;

  struct Entry {
    std::string key;
    Value value;
    absl::Time asked;
    absl::Time fresh_until;
    absl::Time end;  // no earlier
    size_t weight;
  };
  using Entries = std::list<Entry>;
  using Place = typename Entries::iterator;
  struct IsOlder {
    bool operator()(const Place& a, const Place& b) const {
      if (a->fresh_until != b->fresh_until) return a->fresh_until < b->fresh_until;
      return &*a < &*b;
    }
  };

  std::optional<Reading> Look(std::string_view key, bool is_aged_enough);
  // Takes it out, to be destroyed with `dropped` after the mutex is released.
  void Drop(Place place, Entries& dropped) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    index_.erase(place->key);
    by_age_.erase(place);
    weight_ -= place->weight;
    dropped.splice(dropped.end(), entries_, place);
  }
  void MakeRoom(size_t weight, absl::Time now, Entries& dropped)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock* const clock_;
  const size_t max_weight_;
  std::atomic<uint64_t> hits_ = 0;
  std::atomic<uint64_t> misses_ = 0;

  mutable absl::Mutex mutex_;
  // Most recently used first.
  Entries entries_ ABSL_GUARDED_BY(mutex_);
  size_t weight_ ABSL_GUARDED_BY(mutex_) = 0;
  // By key, which is the entry's own string: a list's elements do not move.
  absl::flat_hash_map<std::string_view, Place> index_ ABSL_GUARDED_BY(mutex_);
  std::set<Place, IsOlder> by_age_ ABSL_GUARDED_BY(mutex_);
};

template <typename Value>
std::optional<typename AgingCache<Value>::Reading> AgingCache<Value>::Look(std::string_view key,
                                                                           bool is_aged_enough) {
  const absl::Time now = clock_->Now();
  Entries dropped;
  absl::MutexLock lock(&mutex_);
  const auto found = index_.find(key);
  if (found == index_.end()) return std::nullopt;
  const Place place = found->second;
  if (place->end <= now) {
    Drop(place, dropped);
    return std::nullopt;
  }
  const bool is_fresh = now < place->fresh_until;
  if (place->asked > now || (!is_fresh && !is_aged_enough)) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, place);
  return Reading{place->value, place->asked};
}

template <typename Value>
void AgingCache<Value>::Keep(std::string_view key, Kept kept) {
  const absl::Time now = clock_->Now();
  const absl::Time fresh_until = kept.asked + kept.fresh;
  const absl::Time end = std::max(fresh_until, kept.asked + kept.kept);
  // The key is there once, and may have been allocated for more.
  const size_t weight = kEntryBytes + 2 * key.size() + kept.weight;
  Entries added;
  added.push_back({std::string(key), std::move(kept.value), kept.asked, fresh_until, end, weight});
  Entries dropped;
  absl::MutexLock lock(&mutex_);
  if (const auto old = index_.find(key); old != index_.end()) Drop(old->second, dropped);
  if (end <= now || weight > max_weight_) return;
  MakeRoom(weight, now, dropped);
  entries_.splice(entries_.begin(), added);
  weight_ += weight;
  index_.emplace(entries_.front().key, entries_.begin());
  by_age_.insert(entries_.begin());
}

template <typename Value>
void AgingCache<Value>::MakeRoom(size_t weight, absl::Time now, Entries& dropped) {
  // What is at its end anyway does not wait to be in somebody's way.
  while (!by_age_.empty() && (*by_age_.begin())->end <= now) Drop(*by_age_.begin(), dropped);
  while (!entries_.empty() && weight_ > max_weight_ - weight) {
    const Place oldest = *by_age_.begin();
    Drop(oldest->fresh_until <= now ? oldest : std::prev(entries_.end()), dropped);
  }
}

template <typename Value>
void AgingCache<Value>::KeepFreshOnly(std::string_view key) {
  const absl::Time now = clock_->Now();
  Entries dropped;
  absl::MutexLock lock(&mutex_);
  const auto found = index_.find(key);
  if (found == index_.end()) return;
  const Place place = found->second;
  place->end = place->fresh_until;
  if (place->end <= now) Drop(place, dropped);
}

template <typename Value>
void AgingCache<Value>::Forget(std::string_view key) {
  Entries dropped;
  absl::MutexLock lock(&mutex_);
  if (const auto found = index_.find(key); found != index_.end()) Drop(found->second, dropped);
}

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_AGING_CACHE_H_
