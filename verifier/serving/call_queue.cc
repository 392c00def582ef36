#include "verifier/serving/call_queue.h"

#include <algorithm>

namespace countersign::verifier {

CallQueue::CallQueue(size_t threads)
    : thread_count_(threads != 0 ? threads
                                 : std::max<size_t>(std::thread::hardware_concurrency() / 2, 1)) {}

CallQueue::~CallQueue() { End(); }

void CallQueue::Start() {
  for (size_t i = 0; i < thread_count_; ++i) threads_.emplace_back([this] { Run(); });
}

bool CallQueue::Enter() {
  absl::MutexLock lock(&mutex_);
  if (is_ending_) return false;
  ++calls_;
  return true;
}

void CallQueue::Leave() {
  absl::MutexLock lock(&mutex_);
  --calls_;
}

void CallQueue::Run() {
  void* event = nullptr;
  bool is_so = false;
  while (queue_->Next(&event, &is_so)) static_cast<CallEvent*>(event)->Happen(is_so);
}

void CallQueue::End() {
  if (queue_ == nullptr) return;
  {
    const auto are_over = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return calls_ == 0; };
    absl::MutexLock lock(&mutex_);
    is_ending_ = true;
    // Nothing may be begun in a queue that has been shut down.
    mutex_.Await(absl::Condition(&are_over));
  }
  queue_->Shutdown();
  if (threads_.empty()) Run();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  queue_ = nullptr;
}

}  // namespace countersign::verifier
