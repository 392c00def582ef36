#include "shim/verifier_calls.h"

#include <utility>

#include "base/log_thrown.h"
#include "grpcpp/support/async_unary_call.h"

namespace countersign::shim {

struct VerifierCalls::Call {
  virtual ~Call() = default;
  virtual void HandOn() = 0;

  grpc::ClientContext context;
  grpc::Status status;
  std::list<std::unique_ptr<Call>>::iterator place;
};

template <typename Response>
struct VerifierCalls::CallOf final : Call {
  explicit CallOf(OnEnd<Response> when_it_ends) : on_end(std::move(when_it_ends)) {}

  void HandOn() override { on_end({context, status, response}); }

  // From then on it may be gone.
  void Begin(std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> prepared) {
    reader = std::move(prepared);
    reader->StartCall();
    reader->Finish(&response, &status, static_cast<Call*>(this));
  }

  OnEnd<Response> on_end;
  Response response;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader;
};

VerifierCalls::VerifierCalls() : thread_([this] { TakeEnded(); }) {}

VerifierCalls::~VerifierCalls() {
  {
    absl::MutexLock lock(&mutex_);
    is_ending_ = true;
    for (const std::unique_ptr<Call>& call : calls_) call->context.TryCancel();
    // The queue must not be shut down before the last of them has been sent.
    mutex_.Await(absl::Condition(&calls_, &std::list<std::unique_ptr<Call>>::empty));
  }
  queue_.Shutdown();
  thread_.join();
}

bool VerifierCalls::is_ending() const {
  absl::MutexLock lock(&mutex_);
  return is_ending_;
}

template <typename Response>
VerifierCalls::CallOf<Response>* VerifierCalls::Add(absl::Time deadline, OnEnd<Response> on_end) {
  auto made = std::make_unique<CallOf<Response>>(std::move(on_end));
  CallOf<Response>* const call = made.get();
  call->context.set_deadline(absl::ToChronoTime(deadline));
  absl::MutexLock lock(&mutex_);
  if (is_ending_) return nullptr;
  call->place = calls_.insert(calls_.end(), std::move(made));
  return call;
}

bool VerifierCalls::Start(v1::Verifier::Stub& stub, const v1::VerifyImagesRequest& request,
                          absl::Time deadline, const base::TraceContext& trace,
                          OnEnd<v1::VerifyImagesResponse> on_end) {
  CallOf<v1::VerifyImagesResponse>* const call = Add(deadline, std::move(on_end));
  if (call == nullptr) return false;
  if (trace.IsThere()) call->context.AddMetadata(base::kTraceparent, base::WriteTraceparent(trace));
  call->Begin(stub.PrepareAsyncVerifyImages(&call->context, request, &queue_));
  return true;
}

bool VerifierCalls::Start(v1::Verifier::Stub& stub, const v1::RecallVerdictsRequest& request,
                          absl::Time deadline, OnEnd<v1::RecallVerdictsResponse> on_end) {
  CallOf<v1::RecallVerdictsResponse>* const call = Add(deadline, std::move(on_end));
  if (call == nullptr) return false;
  call->Begin(stub.PrepareAsyncRecallVerdicts(&call->context, request, &queue_));
  return true;
}

void VerifierCalls::TakeEnded() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
    Call* const call = static_cast<Call*>(tag);
    // gRPC says so of an answer that it cannot read, some of which is there.
    if (!ok && call->status.ok()) {
      call->status = grpc::Status(grpc::StatusCode::INTERNAL, "the verifier's answer is not one");
    }
    base::LogThrown("shim", "What takes a verifier's answer threw", [call] { call->HandOn(); });
    std::unique_ptr<Call> ended;  // which ends without the lock
    absl::MutexLock lock(&mutex_);
    ended = std::move(*call->place);
    calls_.erase(ended->place);
  }
}

}  // namespace countersign::shim
