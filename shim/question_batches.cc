#include "shim/question_batches.h"

#include <iterator>

#include "proto/limits.h"

namespace countersign::shim {
namespace {

// A batch that is full does not wait for those under way, of which there are as many at the most.
constexpr size_t kMostUnderWay = 4;
// And as many gather meanwhile.
constexpr size_t kMostGathered = kMostUnderWay;
// Around a question.
constexpr size_t kFrameBytes = 80;
// A question that is longer, or has more images, goes by itself.
constexpr int kMostImages = v1::kMaxRecalledImages / 2;
constexpr size_t kMostBytes = v1::kMaxRecallBytes / 4;

}  // namespace

QuestionBatches::Added QuestionBatches::Add(Asked& asked) {
  const size_t bytes = asked.request->ByteSizeLong() + kFrameBytes;
  const int images = asked.request->images_size();
  if (images == 0 || images > kMostImages || bytes > kMostBytes) return {.is_taken = false};
  absl::MutexLock lock(&mutex_);
  Lane& lane = lanes_[asked.turn.target()];
  if (lane.gathered.empty() || lane.gathered.back().images + images > v1::kMaxRecalledImages ||
      lane.gathered.back().bytes + bytes > v1::kMaxRecallBytes) {
    if (lane.gathered.size() >= kMostGathered) return {.is_taken = false};
    Batch batch;
    batch.asked.reserve(v1::kMaxRecalledImages);
    lane.gathered.push_back(std::move(batch));
  }
  Batch& batch = lane.gathered.back();
  batch.asked.push_back(std::move(asked));
  batch.images += images;
  batch.bytes += bytes;
  const bool is_full = lane.gathered.size() > 1;
  if (lane.under_way != 0 && !(is_full && lane.under_way < kMostUnderWay)) return {};
  Added added = {.next = std::move(lane.gathered.front())};
  lane.gathered.pop_front();
  ++lane.under_way;
  return added;
}

std::optional<QuestionBatches::Batch> QuestionBatches::Next(std::string_view target) {
  absl::MutexLock lock(&mutex_);
  const auto found = lanes_.find(target);
  if (found == lanes_.end()) return std::nullopt;
  Lane& lane = found->second;
  // One that has room waits as long as any is under way.
  if (lane.gathered.size() > 1 || (lane.under_way == 1 && !lane.gathered.empty())) {
    Batch next = std::move(lane.gathered.front());
    lane.gathered.pop_front();
    return next;
  }
  if (--lane.under_way == 0) lanes_.erase(found);
  return std::nullopt;
}

std::vector<QuestionBatches::Batch> QuestionBatches::Disband(std::string_view target) {
  absl::MutexLock lock(&mutex_);
  const auto found = lanes_.find(target);
  if (found == lanes_.end()) return {};
  Lane& lane = found->second;
  std::vector<Batch> gathered(std::make_move_iterator(lane.gathered.begin()),
                              std::make_move_iterator(lane.gathered.end()));
  lane.gathered.clear();
  if (--lane.under_way == 0) lanes_.erase(found);
  return gathered;
}

}  // namespace countersign::shim
