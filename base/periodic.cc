#include "base/periodic.h"

#include <utility>

namespace countersign::base {

Periodic::Periodic(const Clock* clock, absl::Duration first, Look look)
    : clock_(clock),
      look_(std::move(look)),
      thread_([this, until = clock->Now() + first] { Run(until); }) {}

Periodic::~Periodic() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  thread_.join();
}

void Periodic::Run(absl::Time until) {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (clock_->Await(&mutex_, absl::Condition(&is_stopping_), until)) return;
    }
    const absl::Duration wait = look_();
    until = clock_->Now() + wait;
  }
}

}  // namespace countersign::base
