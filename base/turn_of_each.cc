#include "base/turn_of_each.h"

namespace countersign::base {

std::optional<TurnOfEach::Turn> TurnOfEach::Take(std::string_view owner, absl::Time deadline) {
  const auto is_free = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !owners_.contains(owner);
  };
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithDeadline(absl::Condition(&is_free), deadline)) return std::nullopt;
  owners_.emplace(owner);
  return Turn(this, owner);
}

void TurnOfEach::End(const std::string& owner) {
  absl::MutexLock lock(&mutex_);
  owners_.erase(owner);
}

}  // namespace countersign::base
