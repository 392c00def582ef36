#include "base/group_shares.h"

namespace countersign::base {

GroupShares::Claim::~Claim() {
  if (shares_ != nullptr) shares_->Remove(source_, group_, amount_);
}

bool GroupShares::Claim::TryGrow(size_t more) {
  if (!shares_->TryAdd(source_, group_, more)) return false;
  amount_ += more;
  return true;
}

std::optional<GroupShares::Claim> GroupShares::TryTake(std::string_view source,
                                                       std::string_view group, size_t amount) {
  if (!TryAdd(source, group, amount)) return std::nullopt;
  return Claim(this, source, group, amount);
}

size_t GroupShares::held() const {
  absl::MutexLock lock(&mutex_);
  return held_;
}

size_t GroupShares::sources() const {
  absl::MutexLock lock(&mutex_);
  return by_source_.size();
}

uint64_t GroupShares::refused() const {
  absl::MutexLock lock(&mutex_);
  return refused_;
}

bool GroupShares::HasRoom(size_t of_source, size_t of_group, size_t amount) const {
  const size_t left = total_ - held_;
  if (amount > left) return false;
  const size_t most_of_source = weights_.source * (left - amount);
  if (of_source + amount > most_of_source) return false;
  // What the source could have beside all this.
  const size_t left_of_source = (most_of_source - of_source - amount) / (weights_.source + 1);
  return of_group + amount <= weights_.group * left_of_source;
}

bool GroupShares::TryAdd(std::string_view source, std::string_view group, size_t amount) {
  // Nothing is given back of nothing, so that its source would be kept for ever.
  if (amount == 0) return true;
  absl::MutexLock lock(&mutex_);
  size_t of_source = 0;
  size_t of_group = 0;
  const auto found = by_source_.find(source);
  if (found != by_source_.end()) {
    of_source = found->second.held;
    const auto found_group = found->second.groups.find(group);
    if (found_group != found->second.groups.end()) of_group = found_group->second;
  }
  if (!HasRoom(of_source, of_group, amount)) {
    ++refused_;
    return false;
  }
  held_ += amount;
  Source& its = by_source_[std::string(source)];
  its.held += amount;
  its.groups[std::string(group)] += amount;
  return true;
}

void GroupShares::Remove(std::string_view source, std::string_view group, size_t amount) {
  if (amount == 0) return;
  absl::MutexLock lock(&mutex_);
  held_ -= amount;
  const auto found = by_source_.find(source);
  const auto found_group = found->second.groups.find(group);
  found_group->second -= amount;
  if (found_group->second == 0) found->second.groups.erase(found_group);
  found->second.held -= amount;
  if (found->second.held == 0) by_source_.erase(found);
}

}  // namespace countersign::base
