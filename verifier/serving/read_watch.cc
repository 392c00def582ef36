#include "verifier/serving/read_watch.h"

#include <iterator>

#include "absl/time/clock.h"

namespace countersign::verifier {

ReadWatch::ReadWatch(absl::Duration timeout) : timeout_(timeout), thread_([this] { Run(); }) {}

ReadWatch::~ReadWatch() {
  {
    absl::MutexLock lock(&mutex_);
    is_ending_ = true;
    changed_.Signal();
  }
  thread_.join();
}

ReadWatch::Guard ReadWatch::Watch(std::function<void()> end) {
  absl::MutexLock lock(&mutex_);
  const Place place = watched_.insert(watched_.end(), {absl::Now() + timeout_, std::move(end)});
  if (watched_.size() == 1) changed_.Signal();
  return Guard(this, place);
}

ReadWatch::Guard::~Guard() {
  absl::MutexLock lock(&watch_->mutex_);
  // Of either list: an element's place stays its own.
  watch_->ended_.splice(watch_->ended_.end(),
                        place_->end == nullptr ? watch_->ended_ : watch_->watched_, place_);
  watch_->ended_.pop_back();
}

void ReadWatch::Run() {
  absl::MutexLock lock(&mutex_);
  while (!is_ending_) {
    if (watched_.empty()) {
      changed_.Wait(&mutex_);
      continue;
    }
    if (absl::Now() < watched_.front().until) {
      changed_.WaitWithDeadline(&mutex_, watched_.front().until);
      continue;
    }
    // With the lock, so that nobody's guard ends meanwhile.
    std::exchange(watched_.front().end, nullptr)();
    ended_.splice(ended_.end(), watched_, watched_.begin());
  }
}

}  // namespace countersign::verifier
