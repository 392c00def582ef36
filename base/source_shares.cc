#include "base/source_shares.h"

#include <algorithm>

namespace countersign::base {

void SourceShares::Claim::ShrinkTo(size_t amount) {
  if (shares_ == nullptr || amount >= amount_) return;
  shares_->Give(source_, amount_ - amount);
  amount_ = amount;
}

bool SourceShares::Claim::TryGrow(size_t more) {
  absl::MutexLock lock(&shares_->mutex_);
  if (!shares_->HasRoom(source_, more)) {
    ++shares_->refused_;
    return false;
  }
  shares_->Add(source_, more);
  amount_ += more;
  return true;
}

std::optional<SourceShares::Claim> SourceShares::TryTake(std::string_view source, size_t amount) {
  absl::MutexLock lock(&mutex_);
  if (!HasRoom(source, amount)) {
    ++refused_;
    return std::nullopt;
  }
  Add(source, amount);
  return Claim(this, source, amount);
}

std::optional<SourceShares::Claim> SourceShares::Take(std::string_view source, size_t amount,
                                                      absl::Time deadline) {
  absl::MutexLock lock(&mutex_);
  const auto has_room = [&]()
                            ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return HasRoom(source, amount); };
  if (!mutex_.AwaitWithDeadline(absl::Condition(&has_room), deadline)) {
    ++refused_;
    return std::nullopt;
  }
  Add(source, amount);
  return Claim(this, source, amount);
}

size_t SourceShares::held() const {
  absl::MutexLock lock(&mutex_);
  return held_;
}

size_t SourceShares::sources() const {
  absl::MutexLock lock(&mutex_);
  return by_source_.size();
}

uint64_t SourceShares::refused() const {
  absl::MutexLock lock(&mutex_);
  return refused_;
}

bool SourceShares::HasRoom(std::string_view source, size_t amount) const {
  const size_t left = total_ - held_;
  if (amount > left) return false;
  const auto found = by_source_.find(source);
  const size_t own = found == by_source_.end() ? 0 : found->second;
  // Of little things, such as requests, the first is never too much.
  return own + amount <= std::max<size_t>(weight_ * (left - amount), 1);
}

void SourceShares::Add(std::string_view source, size_t amount) {
  // Nothing is given back of nothing, so that its source would be kept for ever.
  if (amount == 0) return;
  held_ += amount;
  by_source_[std::string(source)] += amount;
}

void SourceShares::Give(std::string_view source, size_t amount) {
  absl::MutexLock lock(&mutex_);
  held_ -= amount;
  const auto found = by_source_.find(source);
  found->second -= amount;
  if (found->second == 0) by_source_.erase(found);
}

}  // namespace countersign::base
