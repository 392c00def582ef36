#include "base/turn_of_each.h"

#include <algorithm>

#include "base/deadline.h"
#include "base/wanted.h"

namespace countersign::base {

std::optional<TurnOfEach::Turn> TurnOfEach::TryTake(std::string_view owner) {
  absl::MutexLock lock(&mutex_);
  if (!IsFree(owner)) return std::nullopt;
  ++taken_[owner];
  return Turn(this, owner);
}

std::optional<TurnOfEach::Turn> TurnOfEach::Take(std::string_view owner,
                                                 const std::function<bool()>& is_wanted,
                                                 absl::Time deadline) {
  const auto is_free = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return IsFree(owner); };
  absl::MutexLock lock(&mutex_);
  while (
      !mutex_.AwaitWithDeadline(absl::Condition(&is_free), std::min(deadline, In(kAskIfWanted)))) {
    if (HasPassed(deadline) || !is_wanted()) return std::nullopt;
  }
  ++taken_[owner];
  return Turn(this, owner);
}

bool TurnOfEach::IsFree(std::string_view owner) const {
  const auto taken = taken_.find(owner);
  return taken == taken_.end() || taken->second < at_once_;
}

void TurnOfEach::End(const std::string& owner) {
  absl::MutexLock lock(&mutex_);
  const auto taken = taken_.find(owner);
  if (--taken->second == 0) taken_.erase(taken);
}

}  // namespace countersign::base
