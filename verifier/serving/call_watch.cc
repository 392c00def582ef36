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

void CallWatch::Leave(Place place) {
  absl::MutexLock lock(&mutex_);
  const auto is_over = [place] { return place->state != State::kEnding; };
  mutex_.Await(absl::Condition(&is_over));
  (place->state == State::kWaiting ? watched_ : ended_).erase(place);
}

void CallWatch::Run() {
  while (Watched* const due = AwaitDue()) {
    due->end();
    absl::MutexLock lock(&mutex_);
    due->state = State::kEnded;
  }
}

CallWatch::Watched* CallWatch::AwaitDue() {
  absl::MutexLock lock(&mutex_);
  while (!is_ending_) {
    const absl::Time next = watched_.empty() ? absl::InfiniteFuture() : watched_.front().until;
    if (clock_->Now() >= next) {
      ended_.splice(ended_.end(), watched_, watched_.begin());
      ended_.back().state = State::kEnding;
      return &ended_.back();
    }
    // What is done meanwhile need not wake this: the time is asked again.
    const auto is_sooner = [this, next]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return is_ending_ || (!watched_.empty() && watched_.front().until < next);
    };
    clock_->Await(&mutex_, absl::Condition(&is_sooner), next);
  }
  return nullptr;
}

}  // namespace countersign::verifier
