#include "shim/singly_asked.h"

namespace countersign::shim {

bool SinglyAsked::IsSingle(const Target& target) const {
  const absl::Duration past = clock_->Now() - target.since;
  // It does not wait for a clock that was set back.
  return past >= absl::ZeroDuration() && past < target.how_long;
}

bool SinglyAsked::Has(std::string_view target) const {
  absl::MutexLock lock(&mutex_);
  if (targets_.empty()) return false;
  const auto found = targets_.find(target);
  return found != targets_.end() && IsSingle(found->second);
}

SinglyAsked::Target& SinglyAsked::Find(const std::string& target) {
  if (targets_.size() >= kMaxTargets && !targets_.contains(target)) targets_.clear();
  return targets_[target];
}

void SinglyAsked::AddOlder(const std::string& target) {
  absl::MutexLock lock(&mutex_);
  Find(target) = {.since = clock_->Now(), .how_long = kAsOlder};
}

void SinglyAsked::Count(const std::string& target, size_t unanswered, bool any_answered) {
  absl::MutexLock lock(&mutex_);
  if (any_answered) {
    targets_.erase(target);
    return;
  }
  Target& found = Find(target);
  found.unanswered += unanswered;
  if (found.unanswered >= kInVain) found = {.since = clock_->Now(), .how_long = kAsInVain};
}

}  // namespace countersign::shim
