#include "verifier/evidence/allowance.h"

namespace countersign::verifier {

bool Allowance::TakeUnits(size_t units) {
  absl::MutexLock lock(&mutex_);
  if (units > limits_.units - units_taken_) return false;
  units_taken_ += units;
  return true;
}

std::optional<Allowance::Attempt> Allowance::BeginAttempt(absl::Time deadline) {
  const auto is_decided = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return refused_ >= limits_.refused_attempts || refused_ + under_way_ < limits_.refused_attempts;
  };
  absl::MutexLock lock(&mutex_);
  const bool in_time = mutex_.AwaitWithDeadline(absl::Condition(&is_decided), deadline);
  if (!in_time || refused_ >= limits_.refused_attempts) return std::nullopt;
  ++under_way_;
  return Attempt(this);
}

void Allowance::EndAttempt(bool was_refused) {
  absl::MutexLock lock(&mutex_);
  --under_way_;
  if (was_refused) ++refused_;
}

}  // namespace countersign::verifier
