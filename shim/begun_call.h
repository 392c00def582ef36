#ifndef COUNTERSIGN_SHIM_BEGUN_CALL_H_
#define COUNTERSIGN_SHIM_BEGUN_CALL_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "base/trace_context.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/async_stream.h"
#include "grpcpp/support/status.h"

namespace countersign::shim {

// A call of one question and one answer that has been begun, so that it is known to which server it
// goes, while nothing of the question has been sent. gRPC's balancing cannot be told which server
// not to take: to get another one, a caller gives the call up and begins one more.
//
// For one thread. The constructor and Ask block, until `deadline` at most.
template <typename Request, typename Response>
class BegunCall {
 public:
  // `method`: "/PACKAGE.SERVICE/METHOD". The server is told the traceparent, unless it is empty.
  BegunCall(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
            absl::Time deadline, const std::string& traceparent)
      : stub_(channel) {
    context_.set_deadline(absl::ToChronoTime(deadline));
    if (!traceparent.empty()) context_.AddMetadata(base::kTraceparent, traceparent);
    call_ = stub_.PrepareCall(&context_, method, &queue_);
    call_->StartCall(this);
    has_begun_ = Await();
  }
  BegunCall(const BegunCall&) = delete;
  BegunCall& operator=(const BegunCall&) = delete;

  // Gives the call up, unless it was made.
  ~BegunCall() {
    if (!has_ended_) {
      context_.TryCancel();
      End();
    }
    queue_.Shutdown();
    Await();
  }

  // The server's address, as grpc::ClientContext::peer says it; empty if the call could not begin.
  std::string peer() const { return has_begun_ ? context_.peer() : ""; }

  // Makes the call, once.
  grpc::Status Ask(const Request& request, Response* response) {
    bool is_answered = false;
    if (has_begun_) {
      call_->WriteLast(request, grpc::WriteOptions(), this);
      if (Await()) {
        call_->Read(response, this);
        is_answered = Await();
      }
    }
    grpc::Status status = End();
    if (status.ok() && !is_answered) {
      return grpc::Status(grpc::StatusCode::INTERNAL, "the answer has no message");
    }
    return status;
  }

 private:
  // Waits for what was started last; false if it failed, or nothing was.
  bool Await() {
    void* tag = nullptr;
    bool is_done = false;
    return queue_.Next(&tag, &is_done) && is_done;
  }

  grpc::Status End() {
    grpc::Status status;
    call_->Finish(&status, this);
    Await();
    has_ended_ = true;
    return status;
  }

  grpc::TemplatedGenericStub<Request, Response> stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<Request, Response>> call_;
  bool has_begun_ = false;
  bool has_ended_ = false;
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_BEGUN_CALL_H_
