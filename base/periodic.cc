#include "base/periodic.h"

#include <utility>

namespace countersign::base {

Periodic::Periodic(const Clock* clock, absl::Duration first, Look look)
    : clock_(clock), look_(std::move(look)), thread_([this, first] { Run(first); }) {}

Periodic::~Periodic() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  thread_.join();
}

void Periodic::Run(absl::Duration wait) {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (clock_->Await(&mutex_, absl::Condition(&is_stopping_), clock_->Now() + wait)) return;
    }
    wait = look_();
  }
}

}  // namespace countersign::base
