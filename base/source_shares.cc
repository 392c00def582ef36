#include "base/source_shares.h"

#include <iterator>

#include "absl/synchronization/notification.h"

namespace countersign::base {
namespace {

// The entry of that name, which is made if there is none.
template <typename Map>
typename Map::iterator FindOrAdd(Map& map, std::string_view name) {
  const auto found = map.find(name);
  return found != map.end() ? found : map.emplace(name, typename Map::mapped_type()).first;
}

}  // namespace

void SourceShares::Claim::ShrinkTo(size_t amount) {
  if (shares_ == nullptr || amount >= amount_) return;
  absl::MutexLock lock(&shares_->mutex_);
  shares_->Remove(source_, group_, amount_ - amount);
  amount_ = amount;
}

bool SourceShares::Claim::TryGrow(size_t more) {
  absl::MutexLock lock(&shares_->mutex_);
  if (!shares_->TryAdd(source_, group_, more)) {
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
  if (has_room_) shares_->Remove(source_, group_, amount_);
  if (!place_.has_value()) return;
  ++shares_->refused_;
  shares_->line_.erase(*place_);
  --owner_.group->second.waiting;
  shares_->Tidy(owner_);
}

std::optional<SourceShares::Claim> SourceShares::Waiter::Take() {
  absl::MutexLock lock(&shares_->mutex_);
  if (!has_room_) return std::nullopt;
  has_room_ = false;
  return Claim(shares_, source_, group_, amount_);
}

std::optional<SourceShares::Claim> SourceShares::TryTake(std::string_view source,
                                                         std::string_view group, size_t amount) {
  absl::MutexLock lock(&mutex_);
  if (!TryAdd(source, group, amount)) {
    ++refused_;
    return std::nullopt;
  }
  return Claim(this, source, group, amount);
}

std::optional<SourceShares::Claim> SourceShares::Take(std::string_view source,
                                                      std::string_view group, size_t amount,
                                                      absl::Time deadline) {
  absl::Notification has_room;
  const std::unique_ptr<Waiter> waiter =
      Wait(source, group, amount, [&has_room] { has_room.Notify(); });
  has_room.WaitForNotificationWithDeadline(deadline);
  return waiter->Take();
}

std::unique_ptr<SourceShares::Waiter> SourceShares::Wait(std::string_view source,
                                                         std::string_view group, size_t amount,
                                                         std::function<void()> on_room) {
  auto waiter =
      std::unique_ptr<Waiter>(new Waiter(this, source, group, amount, std::move(on_room)));
  absl::MutexLock lock(&mutex_);
  if (TryAdd(source, group, amount)) {
    waiter->has_room_ = true;
    waiter->on_room_();
    return waiter;
  }
  waiter->owner_ = Find(source, group);
  ++waiter->owner_.group->second.waiting;
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

SourceShares::Owner SourceShares::Find(std::string_view source, std::string_view group) {
  const auto its = FindOrAdd(by_source_, source);
  return {.source = its, .group = FindOrAdd(its->second.groups, group)};
}

void SourceShares::Tidy(const Owner& owner) {
  if (owner.group->second.held > 0 || owner.group->second.waiting > 0) return;
  owner.source->second.groups.erase(owner.group);
  if (owner.source->second.groups.empty()) by_source_.erase(owner.source);
}

bool SourceShares::HasRoom(const Owner& owner, size_t amount) const {
  const size_t of_source = rules_.source.RoomFor(owner.source->second.held, total_ - held_);
  return amount <= rules_.group.RoomFor(owner.group->second.held, of_source);
}

void SourceShares::Add(const Owner& owner, size_t amount) {
  held_ += amount;
  owner.source->second.held += amount;
  owner.group->second.held += amount;
}

bool SourceShares::TryAdd(std::string_view source, std::string_view group, size_t amount) {
  // Nothing is given back of nothing, so that its source would be kept for ever.
  if (amount == 0) return true;
  const Owner owner = Find(source, group);
  const bool has_room = HasRoom(owner, amount);
  if (has_room) Add(owner, amount);
  Tidy(owner);
  return has_room;
}

void SourceShares::Remove(std::string_view source, std::string_view group, size_t amount) {
  if (amount == 0) return;
  const Owner owner = Find(source, group);
  held_ -= amount;
  owner.source->second.held -= amount;
  owner.group->second.held -= amount;
  Advance();
  Tidy(owner);
}

void SourceShares::Advance() {
  for (auto place = line_.begin(); place != line_.end() && held_ < total_;) {
    Waiter& waiter = **place;
    const auto next = std::next(place);
    if (HasRoom(waiter.owner_, waiter.amount_)) {
      line_.erase(place);
      waiter.place_.reset();
      waiter.has_room_ = true;
      --waiter.owner_.group->second.waiting;
      Add(waiter.owner_, waiter.amount_);
      waiter.on_room_();
    }
    place = next;
  }
}

}  // namespace countersign::base
