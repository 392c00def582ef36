#include "shim/verifier_calls.h"

#include <exception>

#include "base/log.h"

namespace countersign::shim {

VerifierCalls::VerifierCalls() : thread_([this] { TakeEnded(); }) {}

VerifierCalls::~VerifierCalls() {
  {
    absl::MutexLock lock(&mutex_);
    is_ending_ = true;
    for (Call& call : calls_) call.context.TryCancel();
    // The queue must not be shut down before the last of them has been sent.
    mutex_.Await(absl::Condition(&calls_, &std::list<Call>::empty));
  }
  queue_.Shutdown();
  thread_.join();
}

bool VerifierCalls::is_ending() const {
  absl::MutexLock lock(&mutex_);
  return is_ending_;
}

bool VerifierCalls::Start(VerifierChannels::Turn turn, const v1::VerifyImagesRequest& request,
                          absl::Time deadline, const base::TraceContext& trace, OnEnd on_end) {
  std::list<Call> one;
  Call& call = one.emplace_back(std::move(turn));
  call.place = one.begin();
  call.on_end = std::move(on_end);
  call.context.set_deadline(absl::ToChronoTime(deadline));
  if (trace.IsThere()) call.context.AddMetadata(base::kTraceparent, base::WriteTraceparent(trace));
  {
    absl::MutexLock lock(&mutex_);
    if (is_ending_) return false;
    calls_.splice(calls_.end(), one);
  }
  call.reader = call.turn.stub().PrepareAsyncVerifyImages(&call.context, request, &queue_);
  call.reader->StartCall();
  // From here on the call may be gone.
  call.reader->Finish(&call.response, &call.status, &call);
  return true;
}

void VerifierCalls::HandOn(Call& call) {
  try {
    call.on_end(call);
  } catch (const std::exception& exception) {
    base::LogError("shim", "What takes a verifier's answer threw", {{"error", exception.what()}});
  }
}

void VerifierCalls::TakeEnded() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
    Call* const call = static_cast<Call*>(tag);
    HandOn(*call);
    std::list<Call> ended;  // which ends without the lock
    absl::MutexLock lock(&mutex_);
    ended.splice(ended.end(), calls_, call->place);
  }
}

}  // namespace countersign::shim
