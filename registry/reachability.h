#ifndef COUNTERSIGN_REGISTRY_REACHABILITY_H_
#define COUNTERSIGN_REGISTRY_REACHABILITY_H_

#include <cstddef>
#include <functional>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/metrics.h"

namespace countersign::registry {

// Which hosts can be reached, and a breaker for each: one to which no connection came about, or no TLS, or
// that is silent, again and again, is not asked for a moment by anybody, and then by one at a time.
//
// Only what the network does counts, never a status. And who owns one path of a registry must not end it
// for the others: silence may be of that path alone, so it counts only once the registry is silent about
// its own root as well ("/v2/"), which whoever comes next is told to ask (Course::kProbe).
//
//   reached --Failed, kFailuresToOpen in a row--> open --probe answered--> reached
//           --Silent--> suspect --probe silent or failed--> open
//
// Any answer ends all of it. What ended after a later request was answered says nothing. Hosts are bounded
// in number, in two parts, so that those that whoever may name an image can invent push out none that a
// policy names; a host that is pushed out is one of which nothing is known.
//
// The log is told when one that a policy names cannot be reached any more, and when it answers again.
//
// Thread-safe; blocks on nothing but its own mutex, and the log.
class Reachability {
 public:
  static constexpr int kFailuresToOpen = 3;
  // Failures that are further apart are not in a row. What is known of a host holds no longer.
  static constexpr absl::Duration kWindow = absl::Seconds(30);
  // From the end of one probe to the next.
  static constexpr absl::Duration kBetweenProbes = absl::Seconds(1);
  static constexpr size_t kMaxNamed = 64;
  static constexpr size_t kMaxOthers = 256;

  // What to call a host in metrics; nullopt: no policy names it. Thread-safe.
  using NameOf = std::function<std::optional<std::string>(std::string_view host)>;

  // All must outlive this. Without `name_of` no host is named; without `metrics` nothing is counted:
  //   countersign_registry_breaker_open{registry}     1 while it is; of `other`, how many are
  //   countersign_registry_breaker_refusals_total     requests that were not sent
  explicit Reachability(const base::Clock* clock, NameOf name_of = nullptr,
                        base::Metrics* metrics = nullptr);

  // What is to become of a request to the host.
  enum class Course {
    kAsk = 0,
    kProbe,   // its root is to be asked first, and what came of it to be told
    kRefuse,  // it is not to be sent
  };
  // `may_refuse`: whether it may be kRefuse.
  Course Begin(std::string_view host, bool may_refuse);

  // What became of a request that was begun at this moment: it was answered, whatever the answer was; no
  // connection or no TLS came about, `why` in words; it was silent.
  void Answered(std::string_view host);
  void Failed(std::string_view host, absl::Time began, std::string_view why);
  void Silent(std::string_view host, absl::Time began, std::string_view why);

  // What became of a probe, beside those: it was silent or failed, so the host is away; or that is not
  // known, which changes nothing. Each ends the probe.
  void ProbeFailed(std::string_view host, absl::Time began, std::string_view why);
  void ProbeUnknown(std::string_view host);

  // A host that cannot be reached: since when, and why, as it was told last; nullopt: it can be, or that
  // is not known.
  struct Away {
    absl::Time since;
    std::string why;
  };
  std::optional<Away> FindAway(std::string_view host) const;

 private:
  struct Host {
    std::string name;
    std::optional<std::string> label;  // nullopt: it is one of the others
    absl::Time answered = absl::InfinitePast();
    // Since then there was no answer; InfiniteFuture: there was.
    absl::Time away_since = absl::InfiniteFuture();
    absl::Time last_failure = absl::InfinitePast();
    std::string why;
    int failures = 0;
    absl::Time silent_since = absl::InfiniteFuture();  // it is suspect; InfiniteFuture: it is not
    bool is_open = false;
    bool is_probing = false;
    absl::Time next_probe = absl::InfinitePast();
  };
  using Hosts = std::list<Host>;  // the one that was asked last first

  Host& Find(std::string_view host) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Host* FindKnown(std::string_view host) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // A host that the log is to be told of: that it cannot be reached, and why, or that it can be again.
  struct News {
    std::string registry;
    absl::Time since;
    std::optional<std::string> why;
  };
  static void Log(const std::optional<News>& news);

  std::optional<News> SetOpen(bool is_open, Host& host) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Fail(absl::Time began, std::string_view why, Host& host)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndProbe(Host& host) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const base::Clock* const clock_;
  const NameOf name_of_;
  base::Metrics* const metrics_;         // or null
  prometheus::Counter* const refusals_;  // or null
  mutable absl::Mutex mutex_;
  Hosts named_ ABSL_GUARDED_BY(mutex_);
  Hosts others_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string_view, Hosts::iterator> index_ ABSL_GUARDED_BY(mutex_);
  // That have a metric, of which there are no more in the life of this.
  std::set<std::string> labels_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_REACHABILITY_H_
