#include "shim/image_shares.h"

namespace countersign::shim {
namespace {

constexpr base::SourceShares::Rules kRules = {.source = {.weight = 1},
                                              .group = {.weight = 2, .least = 1}};

}  // namespace

ImageShares::ImageShares(size_t total)
    : most_of_namespace_(kRules.group.RoomFor(0, kRules.source.RoomFor(0, total))),
      held_(total, kRules) {}

std::optional<ImageShares::Claim> ImageShares::Take(std::string_view caller, std::string_view group,
                                                    size_t images, absl::Time deadline) {
  Namespace of(caller, group);
  if (!TryEnter(of, images)) return std::nullopt;
  Claim claim(this, std::move(of), images);
  claim.held_ = held_.Take(caller, group, images, deadline);
  if (!claim.held_.has_value()) return std::nullopt;
  return claim;
}

std::optional<ImageShares::Claim> ImageShares::TryTake(std::string_view caller,
                                                       std::string_view group, size_t images) {
  Namespace of(caller, group);
  if (!TryEnter(of, images)) return std::nullopt;
  Claim claim(this, std::move(of), images);
  claim.held_ = held_.TryTake(caller, group, images);
  if (!claim.held_.has_value()) return std::nullopt;
  return claim;
}

size_t ImageShares::inside() const {
  absl::MutexLock lock(&mutex_);
  size_t all = 0;
  for (const auto& [of, inside] : inside_) all += inside;
  return all;
}

bool ImageShares::TryEnter(const Namespace& of, size_t images) {
  absl::MutexLock lock(&mutex_);
  const auto known = inside_.find(of);
  const size_t inside = known == inside_.end() ? 0 : known->second;
  if (images > most_of_namespace_ - inside) return false;
  inside_[of] = inside + images;
  return true;
}

void ImageShares::Leave(const Namespace& of, size_t images) {
  absl::MutexLock lock(&mutex_);
  size_t& inside = inside_[of];
  inside -= images;
  if (inside == 0) inside_.erase(of);
}

}  // namespace countersign::shim
