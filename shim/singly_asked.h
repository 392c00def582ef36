#ifndef COUNTERSIGN_SHIM_SINGLY_ASKED_H_
#define COUNTERSIGN_SHIM_SINGLY_ASKED_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace countersign::shim {

// The verifiers that are not asked several questions in a call for a while, as nothing would come of it: because
// they are older than that, or because what is asked at the time is not answered from memory (new images,
// attestations, images that are denied). By their gRPC targets. Thread-safe.
class SinglyAsked {
 public:
  // An address may be another verifier's by then.
  static constexpr absl::Duration kAsOlder = absl::Minutes(1);
  // So many questions in a row that were not answered together are in vain, for so long.
  static constexpr size_t kInVain = 16;
  static constexpr absl::Duration kAsInVain = absl::Seconds(1);
  // More are not remembered.
  static constexpr size_t kMaxTargets = 256;

  // `clock` must outlive this.
  explicit SinglyAsked(const base::Clock* clock) : clock_(clock) {}

  bool Has(std::string_view target) const ABSL_LOCKS_EXCLUDED(mutex_);

  // It does not know of such calls.
  void AddOlder(const std::string& target) ABSL_LOCKS_EXCLUDED(mutex_);
  // In a call, so many questions were not answered, and any others were.
  void Count(const std::string& target, size_t unanswered, bool any_answered)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Target {
    size_t unanswered = 0;  // in a row
    absl::Time since = absl::InfinitePast();
    absl::Duration how_long = absl::ZeroDuration();
  };

  bool IsSingle(const Target& target) const;
  Target& Find(const std::string& target) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const base::Clock* const clock_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Target> targets_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_SINGLY_ASKED_H_
