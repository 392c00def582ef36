#include "shim/image_shares.h"

#include <algorithm>

namespace countersign::shim {
namespace {

// What a namespace may hold for each image that is left to the other namespaces of its caller.
constexpr size_t kGroupWeight = 2;

}  // namespace

// Of half of everything two thirds.
size_t ImageShares::MostOfGroup() const {
  return std::max<size_t>(total_ / 2 * kGroupWeight / (kGroupWeight + 1), 1);
}

bool ImageShares::HasRoom(const Caller& caller, const Group& group, size_t images) const {
  const size_t left = total_ - held_;
  if (images > left || caller.held + images > left - images) return false;
  // How many more the caller could have after these.
  const size_t left_of_caller = (left - images - (caller.held + images)) / 2;
  return group.held + images <= std::max<size_t>(kGroupWeight * left_of_caller, 1);
}

std::optional<ImageShares::Claim> ImageShares::Take(std::string_view caller_name,
                                                    std::string_view group_name, size_t images,
                                                    absl::Time deadline) {
  absl::MutexLock lock(&mutex_);
  if (images > MostOfGroup()) return std::nullopt;
  const auto known = callers_.find(caller_name);
  if (known != callers_.end()) {
    const auto group = known->second.groups.find(group_name);
    const size_t inside = group == known->second.groups.end() ? 0 : group->second.inside;
    if (inside + images > MostOfGroup()) return std::nullopt;
  }
  inside_ += images;
  Caller& joined = callers_[std::string(caller_name)];
  joined.inside += images;
  joined.groups[std::string(group_name)].inside += images;
  const auto has_room = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    const Caller& caller = callers_.find(caller_name)->second;
    return HasRoom(caller, caller.groups.find(group_name)->second, images);
  };
  if (!mutex_.AwaitWithDeadline(absl::Condition(&has_room), deadline)) {
    Leave(caller_name, group_name, images);
    return std::nullopt;
  }
  Caller& caller = callers_.find(caller_name)->second;
  held_ += images;
  caller.held += images;
  caller.groups.find(group_name)->second.held += images;
  return Claim(this, caller_name, group_name, images);
}

size_t ImageShares::inside() const {
  absl::MutexLock lock(&mutex_);
  return inside_;
}

void ImageShares::Leave(std::string_view caller_name, std::string_view group_name, size_t images) {
  inside_ -= images;
  const auto caller = callers_.find(caller_name);
  const auto group = caller->second.groups.find(group_name);
  caller->second.inside -= images;
  group->second.inside -= images;
  if (group->second.inside == 0) caller->second.groups.erase(group);
  if (caller->second.inside == 0) callers_.erase(caller);
}

void ImageShares::Give(std::string_view caller_name, std::string_view group_name, size_t images) {
  absl::MutexLock lock(&mutex_);
  held_ -= images;
  Caller& caller = callers_.find(caller_name)->second;
  caller.held -= images;
  caller.groups.find(group_name)->second.held -= images;
  Leave(caller_name, group_name, images);
}

}  // namespace countersign::shim
