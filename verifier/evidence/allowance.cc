#include "verifier/evidence/allowance.h"

namespace countersign::verifier {

void Allowance::CountOnce(prometheus::Counter* ends, bool& was_counted) {
  if (ends != nullptr && !was_counted) ends->Increment();
  was_counted = true;
}

bool Allowance::TakeUnits(size_t units) {
  absl::MutexLock lock(&mutex_);
  if (units > limits_.units - units_taken_) {
    CountOnce(limits_.unit_ends, unit_end_was_counted_);
    return false;
  }
  units_taken_ += units;
  return true;
}

std::optional<Allowance::Attempt> Allowance::BeginAttempt(absl::Time deadline) {
  const auto is_decided = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return refused_ >= limits_.refused_attempts || refused_ + under_way_ < limits_.refused_attempts;
  };
  absl::MutexLock lock(&mutex_);
  const bool in_time = mutex_.AwaitWithDeadline(absl::Condition(&is_decided), deadline);
  if (refused_ >= limits_.refused_attempts) {
    CountOnce(limits_.refusal_ends, refusal_end_was_counted_);
    return std::nullopt;
  }
  if (!in_time) return std::nullopt;
  ++under_way_;
  return Attempt(this);
}

void Allowance::EndAttempt(bool was_refused) {
  absl::MutexLock lock(&mutex_);
  --under_way_;
  if (was_refused) ++refused_;
}

}  // namespace countersign::verifier
