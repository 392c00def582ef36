#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_LOOK_PHASES_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_LOOK_PHASES_H_

#include <array>
#include <cstddef>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/progress.h"

namespace countersign::verifier {

// What the time of a look goes into; the same words as in countersign_phase_duration_seconds (docs/metrics.md),
// and nearly the same times: what is waited for inside of a request counts as that.
enum class LookPhase {
  kQueue,        // its turn, or room for what it reads
  kResolve,      // the registry, to say what the tag means
  kCredentials,  // the next credential
  kFetch,        // the registry, for anything else
  kVerify,       // signatures are checked, turns included
};
inline constexpr size_t kLookPhases = 5;

// The account of one look at an image: how long it was in each phase. Threads that are in the same phase at the
// same time count once. Thread-safe, and never waits for anything but its own lock.
class LookPhases final : public base::Progress {
 public:
  // The clock must outlive this.
  explicit LookPhases(const base::Clock* clock = &base::Clock::Real());

  // Being in a phase, for as long as it lives. Of a null account, nothing. Must not outlive the account.
  class Stay {
   public:
    Stay(LookPhases* phases, LookPhase phase);
    ~Stay();
    Stay(const Stay&) = delete;
    Stay& operator=(const Stay&) = delete;

   private:
    LookPhases* const phases_;
    const LookPhase phase_;
  };

  void PutInLine() override ABSL_LOCKS_EXCLUDED(mutex_);
  // Its turn has come.
  void Begin() ABSL_LOCKS_EXCLUDED(mutex_);

  // The phase that has taken longest until now: "waiting for the registry's answer (fetch) took 12.3 s of
  // 15.0 s". "" if it is all too short to say.
  std::string WhatTook() const override ABSL_LOCKS_EXCLUDED(mutex_);

  // The status, and if it is that a deadline is over, what has taken the time, behind a semicolon.
  absl::Status Explain(const absl::Status& status) const;

 private:
  struct Spent {
    absl::Duration before = absl::ZeroDuration();  // until `since`
    int inside = 0;
    absl::Time since = absl::InfinitePast();  // if anybody is inside

    absl::Duration Until(absl::Time now) const;
  };

  void Enter(LookPhase phase) ABSL_LOCKS_EXCLUDED(mutex_);
  void Leave(LookPhase phase) ABSL_LOCKS_EXCLUDED(mutex_);
  Spent& In(LookPhase phase) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return spent_[static_cast<size_t>(phase)];
  }

  const base::Clock* const clock_;
  mutable absl::Mutex mutex_;
  absl::Time begun_ ABSL_GUARDED_BY(mutex_);
  bool is_in_line_ ABSL_GUARDED_BY(mutex_) = true;
  std::array<Spent, kLookPhases> spent_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_LOOK_PHASES_H_
