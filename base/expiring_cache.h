#ifndef COUNTERSIGN_BASE_EXPIRING_CACHE_H_
#define COUNTERSIGN_BASE_EXPIRING_CACHE_H_

#include <cstddef>
#include <iterator>
#include <limits>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/allocated_bytes.h"
#include "base/clock.h"

namespace countersign::base {

// A bounded map from strings to values that forgets what is old and, when full, what was used least
// recently.
//
//   ExpiringCache<Value> cache(&clock, /*max_entries=*/1000);
//   cache.Put("key", value, absl::Seconds(60));
//   std::optional<Value> hit = cache.Find("key");  // a copy; a shared_ptr if copies are dear
//   cache.Remove("key");
//
// Values can be given a weight, such as their size in memory, and all together be bounded by it.
//
// Thread-safe; no call blocks on anything but the cache's own mutex. Values are destroyed outside
// of it. The clock must outlive the cache.
template <typename Value>
class ExpiringCache {
 public:
  ExpiringCache(const Clock* clock, size_t max_entries,
                size_t max_weight = std::numeric_limits<size_t>::max())
      : clock_(clock), max_entries_(max_entries), max_weight_(max_weight) {}
  ExpiringCache(const ExpiringCache&) = delete;
  ExpiringCache& operator=(const ExpiringCache&) = delete;

  // The value last put under `key`, unless its time is over or it was removed or pushed out.
  std::optional<Value> Find(std::string_view key);

  // Keeps `value` under `key` until `ttl` from now, in place of what was there. With a `ttl` that
  // is not positive, or a `weight` above all that there may be, nothing is kept.
  void Put(std::string_view key, Value value, absl::Duration ttl, size_t weight = 0);

  void Remove(std::string_view key);

  // How many values are kept: at most max_entries, those whose time is over but which nobody has
  // asked for included.
  size_t size() const {
    absl::MutexLock lock(&mutex_);
    return entries_.size();
  }

  // What those values weigh: at most max_weight.
  size_t weight() const {
    absl::MutexLock lock(&mutex_);
    return weight_;
  }

 private:
  struct Entry {
    std::string key;
    Value value;
    absl::Time expiry;
    size_t weight;
  };
  using Entries = std::list<Entry>;
  using Index = absl::flat_hash_map<std::string_view, typename Entries::iterator>;

 public:
  // What an entry takes in memory beside its key and what its value holds elsewhere: a node of two
  // pointers and the entry, and, of an index that is at least 7/16 full, its slots with a byte each.
  static constexpr size_t kEntryBytes = AllocatedBytes(2 * sizeof(void*) + sizeof(Entry)) +
                                        (sizeof(typename Index::value_type) + 1) * 16 / 7;

 private:
  // Moves the entry out of the cache, to be destroyed with `dropped` after the mutex is released.
  void Drop(typename Entries::iterator entry, Entries& dropped)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    index_.erase(entry->key);
    weight_ -= entry->weight;
    dropped.splice(dropped.end(), entries_, entry);
  }

  // Pushes out what was used least recently until an entry of this weight fits, and as long as it
  // has expired.
  void MakeRoom(size_t weight, absl::Time now, Entries& dropped)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    while (!entries_.empty() && (entries_.size() >= max_entries_ ||
                                 weight_ > max_weight_ - weight || entries_.back().expiry <= now)) {
      Drop(std::prev(entries_.end()), dropped);
    }
  }

  const Clock* const clock_;
  const size_t max_entries_;
  const size_t max_weight_;

  mutable absl::Mutex mutex_;
  // Most recently used first.
  Entries entries_ ABSL_GUARDED_BY(mutex_);
  size_t weight_ ABSL_GUARDED_BY(mutex_) = 0;
  // By key, which is the entry's own string: a list's elements do not move.
  Index index_ ABSL_GUARDED_BY(mutex_);
};

template <typename Value>
std::optional<Value> ExpiringCache<Value>::Find(std::string_view key) {
  const absl::Time now = clock_->Now();
  Entries dropped;
  absl::MutexLock lock(&mutex_);
  const auto found = index_.find(key);
  if (found == index_.end()) return std::nullopt;
  const auto entry = found->second;
  if (entry->expiry <= now) {
    Drop(entry, dropped);
    return std::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->value;
}

template <typename Value>
void ExpiringCache<Value>::Put(std::string_view key, Value value, absl::Duration ttl,
                               size_t weight) {
  const absl::Time now = clock_->Now();
  Entries added;
  added.push_back({std::string(key), std::move(value), now + ttl, weight});
  Entries dropped;
  absl::MutexLock lock(&mutex_);
  if (const auto old = index_.find(key); old != index_.end()) Drop(old->second, dropped);
  if (ttl <= absl::ZeroDuration() || max_entries_ == 0 || weight > max_weight_) return;
  MakeRoom(weight, now, dropped);
  entries_.splice(entries_.begin(), added);
  weight_ += weight;
  index_.emplace(entries_.front().key, entries_.begin());
}

template <typename Value>
void ExpiringCache<Value>::Remove(std::string_view key) {
  Entries dropped;
  absl::MutexLock lock(&mutex_);
  if (const auto found = index_.find(key); found != index_.end()) Drop(found->second, dropped);
}

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_EXPIRING_CACHE_H_
