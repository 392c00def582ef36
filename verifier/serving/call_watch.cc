#include "verifier/serving/call_watch.h"

#include <utility>

namespace countersign::verifier {

CallWatch::CallWatch(absl::Duration timeout, const base::Clock* clock)
    : timeout_(timeout), clock_(clock), thread_([this] { Run(); }) {}

CallWatch::~CallWatch() {
  {
    absl::MutexLock lock(&mutex_);
    is_ending_ = true;
  }
  thread_.join();
}

CallWatch::Guard CallWatch::Watch(std::function<void()> end) {
  absl::MutexLock lock(&mutex_);
  const Place place = watched_.insert(watched_.end(), {clock_->Now() + timeout_, std::move(end)});
  return Guard(this, place);
}

CallWatch::Guard::~Guard() {
  absl::MutexLock lock(&watch_->mutex_);
  // Of either list: an element's place stays its own.
  watch_->ended_.splice(watch_->ended_.end(),
                        place_->end == nullptr ? watch_->ended_ : watch_->watched_, place_);
  watch_->ended_.pop_back();
}

void CallWatch::Run() {
  absl::MutexLock lock(&mutex_);
  while (!is_ending_) {
    const absl::Time next = watched_.empty() ? absl::InfiniteFuture() : watched_.front().until;
    if (clock_->Now() < next) {
      // What is done meanwhile need not wake this: the time is asked again.
      const auto is_sooner = [this, next]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return is_ending_ || (!watched_.empty() && watched_.front().until < next);
      };
      clock_->Await(&mutex_, absl::Condition(&is_sooner), next);
      continue;
    }
    // With the lock, so that nobody's guard ends meanwhile.
    std::exchange(watched_.front().end, nullptr)();
    ended_.splice(ended_.end(), watched_, watched_.begin());
  }
}

}  // namespace countersign::verifier
