#ifndef COUNTERSIGN_SHIM_VERIFIER_CALLS_H_
#define COUNTERSIGN_SHIM_VERIFIER_CALLS_H_

#include <list>
#include <memory>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/trace_context.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/support/async_unary_call.h"
#include "grpcpp/support/status.h"
#include "proto/countersign/v1/verifier.grpc.pb.h"
#include "shim/verifier_channels.h"

namespace countersign::shim {

// Questions that verifiers are being asked, however many, all with one thread: it waits for the answers, and
// hands them on. Thread-safe.
class VerifierCalls {
 public:
  // One of them. Once it has ended it is handed on, and goes after that.
  struct Call {
    explicit Call(VerifierChannels::Turn of_turn) : turn(std::move(of_turn)) {}

    VerifierChannels::Turn turn;
    grpc::ClientContext context;
    grpc::Status status;  // whether there is a response, or why not
    v1::VerifyImagesResponse response;

   private:
    friend class VerifierCalls;
    absl::AnyInvocable<void(Call&)> on_end;
    std::unique_ptr<grpc::ClientAsyncResponseReader<v1::VerifyImagesResponse>> reader;
    std::list<Call>::iterator place;
  };
  // Called once, on that thread: it must not block, nor end this. What it throws is logged, and no more.
  using OnEnd = absl::AnyInvocable<void(Call&)>;

  VerifierCalls();
  // Calls that are in progress are cancelled, and handed on so. None is after that.
  ~VerifierCalls();
  VerifierCalls(const VerifierCalls&) = delete;
  VerifierCalls& operator=(const VerifierCalls&) = delete;

  // Sends the question, of which nothing is needed afterwards. False, without a call, if this is ending.
  bool Start(VerifierChannels::Turn turn, const v1::VerifyImagesRequest& request,
             absl::Time deadline, const base::TraceContext& trace, OnEnd on_end)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether this is ending: nothing more is to be asked for the sake of what was cancelled.
  bool is_ending() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void TakeEnded();
  static void HandOn(Call& call);

  grpc::CompletionQueue queue_;
  mutable absl::Mutex mutex_;
  std::list<Call> calls_ ABSL_GUARDED_BY(mutex_);
  bool is_ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_VERIFIER_CALLS_H_
