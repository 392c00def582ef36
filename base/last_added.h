#ifndef COUNTERSIGN_BASE_LAST_ADDED_H_
#define COUNTERSIGN_BASE_LAST_ADDED_H_

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace countersign::base {

// The last so many entries that were added, for people to look at. What an entry may take is bounded by
// who makes it. Under the lock an entry is swapped into its place, or all are copied; nothing is made or
// freed there. Thread-safe.
template <typename Entry>
class LastAdded {
 public:
  explicit LastAdded(size_t max_entries) : max_entries_(std::max<size_t>(max_entries, 1)) {
    entries_.reserve(max_entries_);
  }
  LastAdded(const LastAdded&) = delete;
  LastAdded& operator=(const LastAdded&) = delete;

  void Add(Entry entry) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (entries_.size() < max_entries_) return entries_.push_back(std::move(entry));
    std::swap(entries_[oldest_], entry);  // what was there ends after the lock
    oldest_ = (oldest_ + 1) % max_entries_;
  }

  // The last one first.
  std::vector<Entry> Newest() const ABSL_LOCKS_EXCLUDED(mutex_) {
    std::vector<Entry> entries;
    entries.reserve(max_entries_);
    {
      absl::MutexLock lock(&mutex_);
      for (size_t i = 0; i < entries_.size(); ++i) {
        entries.push_back(entries_[(oldest_ + i) % entries_.size()]);
      }
    }
    std::reverse(entries.begin(), entries.end());
    return entries;
  }

  size_t size() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return entries_.size();
  }

 private:
  const size_t max_entries_;
  mutable absl::Mutex mutex_;
  std::vector<Entry> entries_ ABSL_GUARDED_BY(mutex_);
  size_t oldest_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_LAST_ADDED_H_
