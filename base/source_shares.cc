#include "base/source_shares.h"

#include <algorithm>
#include <iterator>

#include "absl/synchronization/notification.h"

namespace countersign::base {

void SourceShares::Claim::ShrinkTo(size_t amount) {
  if (shares_ == nullptr || amount >= amount_) return;
  absl::MutexLock lock(&shares_->mutex_);
  shares_->Remove(source_, amount_ - amount);
  amount_ = amount;
}

bool SourceShares::Claim::TryGrow(size_t more) {
  absl::MutexLock lock(&shares_->mutex_);
  if (!shares_->TryAdd(source_, more)) {
    ++shares_->refused_;
    return false;
  }
  amount_ += more;
  return true;
}

bool SourceShares::Claim::TryResize(size_t amount) {
  if (amount > amount_) return TryGrow(amount - amount_);
  ShrinkTo(amount);
  return true;
}

SourceShares::Waiter::~Waiter() {
  absl::MutexLock lock(&shares_->mutex_);
  if (has_room_) shares_->Remove(source_, amount_);
  if (held_by_source_ == nullptr) return;
  ++shares_->refused_;
  shares_->line_.erase(place_);
  const auto source = shares_->Find(source_);
  --source->second.waiting;
  shares_->Tidy(source);
}

std::optional<SourceShares::Claim> SourceShares::Waiter::Take() {
  absl::MutexLock lock(&shares_->mutex_);
  if (!has_room_) return std::nullopt;
  has_room_ = false;
  return Claim(shares_, source_, amount_);
}

std::optional<SourceShares::Claim> SourceShares::TryTake(std::string_view source, size_t amount) {
  absl::MutexLock lock(&mutex_);
  if (!TryAdd(source, amount)) {
    ++refused_;
    return std::nullopt;
  }
  return Claim(this, source, amount);
}

std::optional<SourceShares::Claim> SourceShares::Take(std::string_view source, size_t amount,
                                                      absl::Time deadline) {
  absl::Notification has_room;
  const std::unique_ptr<Waiter> waiter = Wait(source, amount, [&has_room] { has_room.Notify(); });
  has_room.WaitForNotificationWithDeadline(deadline);
  return waiter->Take();
}

std::unique_ptr<SourceShares::Waiter> SourceShares::Wait(std::string_view source, size_t amount,
                                                         std::function<void()> on_room) {
  auto waiter = std::unique_ptr<Waiter>(new Waiter(this, source, amount, std::move(on_room)));
  absl::MutexLock lock(&mutex_);
  if (TryAdd(source, amount)) {
    waiter->has_room_ = true;
    waiter->on_room_();
    return waiter;
  }
  Source& state = Find(source)->second;
  ++state.waiting;
  waiter->held_by_source_ = &state.held;
  waiter->place_ = line_.insert(line_.end(), waiter.get());
  return waiter;
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

bool SourceShares::HasRoom(size_t own, size_t amount) const {
  const size_t left = total_ - held_;
  if (amount > left) return false;
  // Of little things, such as requests, the first is never too much.
  return own + amount <= std::max<size_t>(weight_ * (left - amount), 1);
}

SourceShares::Sources::iterator SourceShares::Find(std::string_view source) {
  const auto found = by_source_.find(source);
  return found != by_source_.end() ? found : by_source_.emplace(source, Source()).first;
}

void SourceShares::Tidy(Sources::iterator source) {
  if (source->second.held == 0 && source->second.waiting == 0) by_source_.erase(source);
}

bool SourceShares::TryAdd(std::string_view source, size_t amount) {
  // Nothing is given back of nothing, so that its source would be kept for ever.
  if (amount == 0) return true;
  const auto found = by_source_.find(source);
  if (!HasRoom(found == by_source_.end() ? 0 : found->second.held, amount)) return false;
  held_ += amount;
  Find(source)->second.held += amount;
  return true;
}

void SourceShares::Remove(std::string_view source, size_t amount) {
  if (amount == 0) return;
  held_ -= amount;
  const auto found = by_source_.find(source);
  found->second.held -= amount;
  Advance();
  Tidy(found);
}

void SourceShares::Advance() {
  for (auto place = line_.begin(); place != line_.end() && held_ < total_;) {
    Waiter& waiter = **place;
    const auto next = std::next(place);
    if (HasRoom(*waiter.held_by_source_, waiter.amount_)) {
      line_.erase(place);
      waiter.held_by_source_ = nullptr;
      waiter.has_room_ = true;
      Source& source = Find(waiter.source_)->second;
      --source.waiting;
      source.held += waiter.amount_;
      held_ += waiter.amount_;
      waiter.on_room_();
    }
    place = next;
  }
}

}  // namespace countersign::base
