#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_ALLOWANCE_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_ALLOWANCE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "base/metrics.h"
#include "base/share.h"

namespace countersign::verifier {

// What one question may take of what is scarce, all its images together: on whose share it is
// looked and judged, how much foreign data it may hold, how much public-key work is done for it, and
// how often registries may refuse credentials. Who joins what another looks at already takes nothing
// of his own.
//
// Thread-safe.
class Allowance {
 public:
  struct Limits {
    // Of public-key work (crypto::PublicKey::Cost).
    size_t units = 8000;
    // Attempts with a credential that a registry refuses. Somebody who names a hundred wrong ones
    // for a thousand images must not have the registry lock the verifier's address out.
    int refused_attempts = 40;
    // Where it is counted, once for a question, that either has ended; null: nowhere. Must outlive it.
    prometheus::Counter* unit_ends = nullptr;
    prometheus::Counter* refusal_ends = nullptr;
  };

  // An attempt with a credential. Whatever is not refused costs nothing.
  class Attempt {
   public:
    Attempt(Attempt&& other) noexcept
        : allowance_(std::exchange(other.allowance_, nullptr)), was_refused_(other.was_refused_) {}
    Attempt& operator=(Attempt&& other) noexcept {
      std::swap(allowance_, other.allowance_);
      std::swap(was_refused_, other.was_refused_);
      return *this;
    }
    ~Attempt() {
      if (allowance_ != nullptr) allowance_->EndAttempt(was_refused_);
    }
    void WasRefused() { was_refused_ = true; }

   private:
    friend class Allowance;
    explicit Attempt(Allowance* allowance) : allowance_(allowance) {}
    Allowance* allowance_;
    bool was_refused_ = false;
  };

  Allowance(base::Share share, std::shared_ptr<base::ByteBudget::Account> bytes,
            const Limits& limits)
      : share_(std::move(share)), bytes_(std::move(bytes)), limits_(limits) {}

  const base::Share& share() const { return share_; }
  base::ByteBudget::Account& bytes() const { return *bytes_; }
  const Limits& limits() const { return limits_; }

  // False, and nothing is taken, if so much is not left.
  bool TakeUnits(size_t units);

  // Nullopt if as many were refused as may be. Where that depends on attempts under way, it is
  // waited for, until `deadline` at most.
  std::optional<Attempt> BeginAttempt(absl::Time deadline);

 private:
  void EndAttempt(bool was_refused);
  static void CountOnce(prometheus::Counter* ends, bool& was_counted);

  const base::Share share_;
  const std::shared_ptr<base::ByteBudget::Account> bytes_;
  const Limits limits_;

  absl::Mutex mutex_;
  size_t units_taken_ ABSL_GUARDED_BY(mutex_) = 0;
  int refused_ ABSL_GUARDED_BY(mutex_) = 0;
  int under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  bool unit_end_was_counted_ ABSL_GUARDED_BY(mutex_) = false;
  bool refusal_end_was_counted_ ABSL_GUARDED_BY(mutex_) = false;
};

using AllowancePtr = std::shared_ptr<Allowance>;

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_ALLOWANCE_H_
