#ifndef COUNTERSIGN_VERIFIER_TRUST_TRUST_STORE_H_
#define COUNTERSIGN_VERIFIER_TRUST_TRUST_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "cosign/trusted_root.h"
#include "verifier/trust/trusted_root_update.h"

namespace countersign::verifier {

using TrustedRootPtr = std::shared_ptr<const cosign::TrustedRoot>;

// How often the trusted root was looked for again, by what came of it.
struct RefreshCounts {
  uint64_t ok = 0;
  uint64_t expired = 0;  // what was found has expired
  uint64_t refused = 0;  // what was found was not accepted for another reason, or cannot be read
  uint64_t failed = 0;   // nothing could be found out
};

struct TrustState {
  // By which is judged; otherwise why by none.
  absl::StatusOr<TrustedRootPtr> current;
  // Since when the last good one is in force, whether or not it may be used still; nullopt: there
  // has been none yet.
  std::optional<absl::Time> in_force_since;
  std::optional<absl::Time> refreshed;  // when it was last found to be the newest there is
  std::optional<absl::Time> expires;    // what vouches for it
  absl::Status problem;                 // why it could not be refreshed the last time; OK: it was
  absl::Time problem_since;
  RefreshCounts counts;
};

// The trusted root in force: the last good one, whatever becomes of attempts to refresh it, for as
// long as the operator says. Thread-safe.
class TrustStore {
 public:
  // `grace`: for how long one is used beyond its expiry, which for one of which that is not known
  // counts as over; without it, for ever. The clock must outlive this.
  TrustStore(const base::Clock* clock, std::optional<absl::Duration> grace)
      : clock_(clock), grace_(grace) {}

  // What there is to begin with.
  void Begin(DatedRoot root) ABSL_LOCKS_EXCLUDED(mutex_);

  // What there is to be had now. Whether it is another one than before.
  bool Refresh(DatedRoot root) ABSL_LOCKS_EXCLUDED(mutex_);
  // Why it could not be found out what there is. OutOfRange: it has expired; FailedPrecondition and
  // InvalidArgument: it was not accepted (UpdateTrustedRoot).
  void Fail(const absl::Status& why) ABSL_LOCKS_EXCLUDED(mutex_);

  // The trusted root to judge by. Unavailable: there is none yet, or it may not be used any more.
  absl::StatusOr<TrustedRootPtr> current() const ABSL_LOCKS_EXCLUDED(mutex_);
  TrustState state() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  bool PutInForce(DatedRoot root) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<TrustedRootPtr> Current() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const base::Clock* const clock_;
  const std::optional<absl::Duration> grace_;
  mutable absl::Mutex mutex_;
  DatedRoot in_force_ ABSL_GUARDED_BY(mutex_);  // without a root: there has been none yet
  TrustState state_ ABSL_GUARDED_BY(mutex_);    // but for `current` and `expires`
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_TRUST_TRUST_STORE_H_
