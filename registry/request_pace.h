#ifndef COUNTERSIGN_REGISTRY_REQUEST_PACE_H_
#define COUNTERSIGN_REGISTRY_REQUEST_PACE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace countersign::registry {

// How fast each host is asked that limits how often it is: not at all for as long as it said, and then one
// request after the other, at a rate a little below the one at which it took them before it had enough. The
// rate grows slowly, and its end is a minute without another refusal.
//
// A 429 may be of one path, whose owner must not slow down the others. So it counts only once the host
// answers 429 about its own root as well ("/v2/"), which nobody owns, and which whoever was answered 429 is
// told to ask, one at a time and once a second.
//
// Hosts are bounded in number; one that is pushed out is one of which nothing is known, and which has to say
// so again. Thread-safe; blocks on nothing but its own mutex.
class RequestPace {
 public:
  static constexpr absl::Duration kBetweenProbes = absl::Seconds(1);
  // Of how many it took in the second before, those included that were under way then.
  static constexpr double kOfWhatWasTaken = 0.95;
  static constexpr double kLeastRate = 2;  // a second
  static constexpr double kGrowth = 0.01;  // of the rate, each second
  static constexpr absl::Duration kLimited = absl::Minutes(1);
  static constexpr size_t kMaxHosts = 256;

  // `clock` must outlive this.
  explicit RequestPace(const base::Clock* clock) : clock_(clock) {}

  // When a request to the host may be sent: now, or at a moment that is nobody else's. If that would be
  // later than `latest`, none is taken, and the moment that there is is `when` of a turn that is not taken.
  struct Turn {
    absl::Time when;
    bool is_taken = true;
  };
  Turn Take(std::string_view host, absl::Time latest);

  // A request was answered, otherwise than by 429.
  void Taken(std::string_view host);

  // Whether who was answered 429 is to ask the host's root, and to say by EndProbe what it answered: how long
  // it wants to be left alone; nullopt: it did not answer 429, or that is not known.
  bool BeginProbe(std::string_view host);
  void EndProbe(std::string_view host, std::optional<absl::Duration> retry_after);

 private:
  static constexpr size_t kSlices = 10;
  static constexpr absl::Duration kSlice = absl::Milliseconds(100);

  struct Host {
    std::string name;
    // Such answers by tenths of a second, the one that began last at `slice` % kSlices.
    std::array<uint32_t, kSlices> taken = {};
    int64_t slice = 0;
    double rate = 0;  // a second, at `paused_until`; 0: it has no limit that is known
    double most = 0;  // which it may still become, by what was under way when the pause began
    absl::Time paused_until = absl::InfinitePast();
    absl::Time next = absl::InfinitePast();
    bool is_probing = false;
    absl::Time next_probe = absl::InfinitePast();
  };
  using Hosts = std::list<Host>;  // the one that was asked last first

  Host& Find(std::string_view host) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Forgets what is older than a second.
  static void MoveTo(absl::Time now, Host& host);

  const base::Clock* const clock_;
  absl::Mutex mutex_;
  Hosts hosts_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string_view, Hosts::iterator> index_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_REQUEST_PACE_H_
