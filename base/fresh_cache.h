#ifndef COUNTERSIGN_BASE_FRESH_CACHE_H_
#define COUNTERSIGN_BASE_FRESH_CACHE_H_

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
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/expiring_cache.h"
#include "base/not_now.h"
#include "base/share.h"
#include "base/single_flight.h"
#include "base/worker_pool.h"

namespace countersign::base {

// Remembers what was read, bounded by what it weighs in memory, keys included; reads what is not
// there once for all who ask at the same time; and reads again for whoever needs it newer.
//
//   FreshCache<Value> cache(&pool, &clock, {.max_weight = 64 << 20});
//   auto read = cache.Get(key, lane, share, not_before, deadline, [=] { return Read(); });
//
// `not_before` is a moment of the cache's clock: what was asked for earlier will not do
// (absl::InfinitePast(): whatever is remembered will). Whoever found out by what he was given that
// it is out of date so gets what is so no longer, and others do not ask again for it.
//
// Thread-safe. What was used least recently goes first. The pool must be stopped before the cache
// goes; `Value` is copied to each who asks: a shared_ptr if copies are dear.
template <typename Value>
class FreshCache {
 public:
  struct Options {
    size_t max_weight = 64 << 20;
  };

  // What reading gave, and how long to remember it (not at all: zero), at what weight in bytes,
  // without its key's.
  struct Fresh {
    Value value;
    absl::Duration keep = absl::ZeroDuration();
    size_t weight = 0;
  };
  using Read = std::function<absl::StatusOr<Fresh>()>;

  // A value, and when it was asked for.
  struct Reading {
    Value value;
    absl::Time asked;
    bool from_memory = false;
  };

  // Found in memory or not, since the start; how many are in it, and what they weigh.
  struct Counts {
    uint64_t hits = 0;
    uint64_t misses = 0;
    size_t entries = 0;
    size_t weight = 0;
  };

  FreshCache(WorkerPool* pool, const Clock* clock, const Options& options)
      : clock_(clock),
        memory_(std::make_shared<Memory>(clock, options.max_weight)),
        flights_(pool) {}

  // What is remembered, if that will do. No reading.
  std::optional<Reading> Find(std::string_view key, absl::Time not_before = absl::InfinitePast()) {
    return memory_->Find(key, not_before);
  }

  // Remembers what was read by other means, and asked for at `asked`.
  void Keep(std::string_view key, absl::Time asked, const Fresh& fresh) {
    memory_->Keep(key, asked, fresh);
  }

  void Forget(std::string_view key) { memory_->Forget(key); }

  // What is remembered, or what `read` gives, which runs on the pool (worker_pool.h, single_flight.h)
  // and owns all it uses. An error of `read` makes what is remembered be forgotten, unless it says
  // nothing lasting (not_now.h); that is shared with nobody.
  absl::StatusOr<Reading> Get(std::string_view key, std::string_view lane, const Share& share,
                              absl::Time not_before, absl::Time deadline, const Read& read);

  Counts counts() const { return memory_->counts(); }

 private:
  // Shared with reads that go on when nobody waits any more.
  class Memory {
   public:
    Memory(const Clock* clock, size_t max_weight)
        : entries_(clock, std::numeric_limits<size_t>::max(), max_weight) {}

    std::optional<Reading> Find(std::string_view key, absl::Time not_before) {
      std::optional<Reading> found = Peek(key, not_before);
      ++(found.has_value() ? hits_ : misses_);
      return found;
    }

    std::optional<Reading> Peek(std::string_view key, absl::Time not_before) {
      std::optional<Reading> found = entries_.Find(key);
      if (found.has_value() && found->asked < not_before) return std::nullopt;
      return found;
    }

    void Keep(std::string_view key, absl::Time asked, const Fresh& fresh) {
      // The key is there twice, in the entry and where it is found by.
      constexpr size_t kEntryBytes = 256;
      entries_.Put(key, {fresh.value, asked, /*from_memory=*/true}, fresh.keep,
                   kEntryBytes + 2 * key.size() + fresh.weight);
    }

    void Forget(std::string_view key) { entries_.Remove(key); }

    Counts counts() const {
      return {.hits = hits_,
              .misses = misses_,
              .entries = entries_.size(),
              .weight = entries_.weight()};
    }

   private:
    ExpiringCache<Reading> entries_;
    std::atomic<uint64_t> hits_ = 0;
    std::atomic<uint64_t> misses_ = 0;
  };

  const Clock* const clock_;
  const std::shared_ptr<Memory> memory_;
  SingleFlight<Reading> flights_;
};

template <typename Value>
absl::StatusOr<typename FreshCache<Value>::Reading> FreshCache<Value>::Get(
    std::string_view key, std::string_view lane, const Share& share, absl::Time not_before,
    absl::Time deadline, const Read& read) {
  if (std::optional<Reading> known = Find(key, not_before)) return *std::move(known);
  // One that was under way already may have begun too early; one after that has not.
  for (int attempt = 0;; ++attempt) {
    absl::StatusOr<Reading> reading =
        flights_.Run(key, lane, share, deadline,
                     [memory = memory_, clock = clock_, key = std::string(key), not_before,
                      read]() -> absl::StatusOr<Reading> {
                       // Somebody else's may just have ended.
                       if (std::optional<Reading> known = memory->Peek(key, not_before))
                         return *std::move(known);
                       const absl::Time asked = clock->Now();
                       const absl::StatusOr<Fresh> fresh = read();
                       if (!fresh.ok()) {
                         if (!IsNotNow(fresh.status())) memory->Forget(key);
                         return fresh.status();
                       }
                       memory->Keep(key, asked, *fresh);
                       return Reading{fresh->value, asked};
                     });
    if (!reading.ok() || reading->asked >= not_before || attempt > 0) return reading;
  }
}

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_FRESH_CACHE_H_
