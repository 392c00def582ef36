#ifndef COUNTERSIGN_VERIFIER_SERVING_CALL_QUEUE_H_
#define COUNTERSIGN_VERIFIER_SERVING_CALL_QUEUE_H_

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/server_builder.h"

namespace countersign::verifier {

// What a call waits for, as the tag of the queue.
class CallEvent {
 public:
  virtual void Happen(bool is_so) = 0;

 protected:
  ~CallEvent() = default;
};

// One of its owner's, which must outlive it.
template <typename Owner>
class CallEventOf final : public CallEvent {
 public:
  using Step = void (Owner::*)(bool is_so);
  CallEventOf(Owner* owner, Step step) : owner_(owner), step_(step) {}
  void Happen(bool is_so) override { (owner_->*step_)(is_so); }

 private:
  Owner* const owner_;
  const Step step_;
};

// The completion queue of a server's asynchronous calls, and the threads that take what happens from it, which
// do gRPC's own reading and writing, too. Whatever a call does when something has happened must be quick and
// not wait. Thread-safe, but for what begins and ends it.
class CallQueue {
 public:
  // 0 threads: as many as half the processors. gRPC lets one of all threads wait for the kernel, and wakes
  // another when that one has something to do.
  explicit CallQueue(size_t threads);
  // The server must have ended before.
  ~CallQueue();
  CallQueue(const CallQueue&) = delete;
  CallQueue& operator=(const CallQueue&) = delete;

  // First: the server that is built has this queue.
  void Register(grpc::ServerBuilder& builder) { queue_ = builder.AddCompletionQueue(); }
  // Once it has been.
  void Start();
  // Last, when the server has been shut down: returns when all calls are over.
  void End() ABSL_LOCKS_EXCLUDED(mutex_);

  grpc::ServerCompletionQueue* get() const { return queue_.get(); }

  // One more call may come, whose events are those of the queue until Leave; false: none may.
  bool Enter() ABSL_LOCKS_EXCLUDED(mutex_);
  void Leave() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run();

  const size_t thread_count_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::vector<std::thread> threads_;
  absl::Mutex mutex_;
  size_t calls_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_ending_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_CALL_QUEUE_H_
