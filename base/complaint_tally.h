#ifndef COUNTERSIGN_BASE_COMPLAINT_TALLY_H_
#define COUNTERSIGN_BASE_COMPLAINT_TALLY_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/log.h"

namespace countersign::base {

// What strangers can make happen any number of times, for a log that they cannot fill: counted, and
// told once a minute at most.
//
//   tally.Add("turned_away", source);        // as often as it happens
//   if (const auto fields = tally.Take()) LogWarning("http", "…", *fields);   // every so often
//
// Kinds are the program's own words, string literals. Sources are counted apart only as far as
// kMaxSources of them; the bound holds between two lines. Thread-safe. The clock must outlive the
// tally.
class ComplaintTally {
 public:
  static constexpr size_t kMaxSources = 1024;

  explicit ComplaintTally(const Clock* clock, absl::Duration interval = absl::Minutes(1))
      : clock_(clock), interval_(interval) {}

  void Add(std::string_view kind, std::string_view source) ABSL_LOCKS_EXCLUDED(mutex_);

  // The fields of a line: how often each kind came since the last one, in the order of their names,
  // then the source that most came from, "most_from", and how many, "count". nullopt if nothing
  // came, or the last line was told less than the interval ago.
  std::optional<LogFields> Take() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const Clock* const clock_;
  const absl::Duration interval_;
  absl::Mutex mutex_;
  absl::Time told_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::map<std::string_view, uint64_t> kinds_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, uint64_t> sources_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_COMPLAINT_TALLY_H_
