#ifndef COUNTERSIGN_SHIM_VERIFIER_CALLS_H_
#define COUNTERSIGN_SHIM_VERIFIER_CALLS_H_

#include <list>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/trace_context.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/support/status.h"
#include "proto/countersign/v1/verifier.grpc.pb.h"

namespace countersign::shim {

// What verifiers are being asked, however much, all with one thread: it waits for the answers, and hands them
// on. Thread-safe.
class VerifierCalls {
 public:
  // A call that has ended. It goes once it was handed on.
  template <typename Response>
  struct Ended {
    const grpc::ClientContext& context;
    const grpc::Status& status;  // whether there is a response, or why not
    Response& response;
  };
  // Called once, on that thread: it must not block, nor end this. What it throws is logged, and no more.
  template <typename Response>
  using OnEnd = absl::AnyInvocable<void(Ended<Response>)>;

  VerifierCalls();
  // Calls that are in progress are cancelled, and handed on so. None is after that.
  ~VerifierCalls();
  VerifierCalls(const VerifierCalls&) = delete;
  VerifierCalls& operator=(const VerifierCalls&) = delete;

  // These send a question, of which nothing is needed afterwards, but that the stub must outlive its call. False,
  // without a call, if this is ending.
  bool Start(v1::Verifier::Stub& stub, const v1::VerifyImagesRequest& request, absl::Time deadline,
             const base::TraceContext& trace, OnEnd<v1::VerifyImagesResponse> on_end)
      ABSL_LOCKS_EXCLUDED(mutex_);
  bool Start(v1::Verifier::Stub& stub, const v1::RecallVerdictsRequest& request,
             absl::Time deadline, OnEnd<v1::RecallVerdictsResponse> on_end)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether this is ending: nothing more is to be asked for the sake of what was cancelled.
  bool is_ending() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Call;
  template <typename Response>
  struct CallOf;

  // A call with that deadline, which is in progress from now on; null if this is ending.
  template <typename Response>
  CallOf<Response>* Add(absl::Time deadline, OnEnd<Response> on_end) ABSL_LOCKS_EXCLUDED(mutex_);
  void TakeEnded();

  grpc::CompletionQueue queue_;
  mutable absl::Mutex mutex_;
  std::list<std::unique_ptr<Call>> calls_ ABSL_GUARDED_BY(mutex_);
  bool is_ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_VERIFIER_CALLS_H_
