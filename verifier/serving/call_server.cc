#include "verifier/serving/call_server.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/support/byte_buffer.h"
#include "proto/status_codes.h"
#include "verifier/serving/api_answer.h"
#include "verifier/serving/call_and_log.h"
#include "verifier/serving/call_gate.h"
#include "verifier/serving/call_metrics.h"
#include "verifier/serving/open_call.h"

namespace countersign::verifier {
namespace {

// So many calls of a method may come before a thread has looked; the others wait in gRPC.
constexpr int kRequested = 16;
constexpr int kRequestedOthers = 2;
// After a burst of calls that had to wait, their threads end.
constexpr absl::Duration kKeepIdle = absl::Seconds(10);
constexpr char kLane[] = "calls";

}  // namespace

// One call, from when it may come. Its steps follow each other, each begun by the one before, on whatever
// thread; that it is done is told by gRPC beside them. It deletes itself: after a step has handed it on it may
// be gone.
class CallServer::Call {
 public:
  Call(CallServer* server, std::optional<ApiMethod> method)
      : server_(*server), service_(server->service_), method_(method) {
    context_.AsyncNotifyWhenDone(&done_);
  }

  void Request() {
    grpc::ServerCompletionQueue* const queue = server_.queue_.get();
    if (!method_.has_value()) {
      return server_.others_.RequestCall(&context_, &stream_, queue, queue, &come_);
    }
    server_.methods_.Request(*method_, &context_, &stream_, queue, &come_);
  }

 private:
  void Come(bool is_so) {
    if (!is_so) return End();
    server_.Request(method_);
    open_.emplace(&context_, service_.door());
    if (!method_.has_value()) return Send(absl::UnimplementedError(""));
    if (absl::Status status = service_.Enter(*open_); !status.ok()) return Send(std::move(status));
    permit_ = service_.TryReading(*open_, *method_);
    if (permit_.has_value()) return ReadMessage();
    Schedule([this] {
      absl::StatusOr<CallGate::ReadPermit> permit = service_.AwaitReading(*open_, *method_);
      if (!permit.ok()) return Send(permit.status());
      permit_.emplace(*std::move(permit));
      ReadMessage();
    });
  }

  void ReadMessage() {
    open_->ExpectMessage();
    stream_.Read(&message_, &read_);
  }

  void Read(bool is_so) {
    if (absl::Status status = open_->TakeMessage(is_so, message_); !status.ok()) {
      return Send(std::move(status));
    }
    if (*method_ == ApiMethod::kValidatePolicy || !VerifierService::IsShort(message_)) {
      return Schedule([this] {
        if (Parse()) Send(Answer());
      });
    }
    if (!Parse()) return;
    std::optional<absl::StatusOr<grpc::ByteBuffer>> answer =
        CallAndLog([&] { return answer_->AnswerAtOnce(); });
    if (answer.has_value()) return Send(*std::move(answer));
    Schedule([this] { Send(Answer()); });
  }

  // False: it is none, and that is being sent.
  bool Parse() {
    absl::StatusOr<std::unique_ptr<ApiAnswer>> answer =
        CallAndLog([&] { return service_.Read(*open_, *method_, &message_); });
    message_.Clear();
    permit_.reset();
    if (!answer.ok()) {
      Send(answer.status());
      return false;
    }
    answer_ = *std::move(answer);
    return true;
  }

  absl::StatusOr<grpc::ByteBuffer> Answer() {
    return CallAndLog([&] { return answer_->Answer(); });
  }

  void Schedule(std::function<void()> step) {
    if (absl::Status status = server_.pool_.Schedule(kLane, std::move(step)); !status.ok()) {
      Send(std::move(status));
    }
  }

  void Send(absl::StatusOr<grpc::ByteBuffer> answer) {
    permit_.reset();
    status_ = answer.status();
    open_->BeginSending();
    if (answer.ok()) {
      stream_.WriteAndFinish(*answer, grpc::WriteOptions(), grpc::Status::OK, &sent_);
    } else {
      stream_.Finish(proto::ToGrpc(status_), &sent_);
    }
  }

  void Sent(bool) {
    if (!open_->EndSending() && status_.ok()) {
      status_ = absl::DeadlineExceededError("the answer was not read in time");
    }
    if (method_.has_value()) service_.End(*open_, *method_, status_);
    PartIsOver();
  }

  void Done(bool) { PartIsOver(); }

  void PartIsOver() {
    if (parts_.fetch_sub(1) == 1) End();
  }

  void End() {
    CallQueue& queue = server_.queue_;
    delete this;
    queue.Leave();
  }

  CallServer& server_;
  VerifierService& service_;
  const std::optional<ApiMethod> method_;  // nullopt: one that is not known
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
  CallEventOf<Call> come_{this, &Call::Come};
  CallEventOf<Call> read_{this, &Call::Read};
  CallEventOf<Call> sent_{this, &Call::Sent};
  CallEventOf<Call> done_{this, &Call::Done};
  std::atomic<int> parts_ = 2;  // that all is sent, and that it is done
  std::optional<OpenCall> open_;
  std::optional<CallGate::ReadPermit> permit_;
  grpc::ByteBuffer message_;
  std::unique_ptr<ApiAnswer> answer_;
  absl::Status status_;
};

CallServer::CallServer(VerifierService* service, CallQueue* queue, size_t most_calls)
    : service_(*service),
      queue_(*queue),
      pool_({.threads = static_cast<int>(std::max<size_t>(most_calls, 1)),
             .keep_idle = kKeepIdle,
             .threads_per_lane = static_cast<int>(std::max<size_t>(most_calls, 1))}) {}

void CallServer::Register(grpc::ServerBuilder& builder) {
  builder.RegisterService(&methods_);
  builder.RegisterAsyncGenericService(&others_);
}

void CallServer::Start() {
  for (int i = 0; i < kRequested; ++i) {
    for (const ApiMethod method : kApiMethods) Request(method);
  }
  for (int i = 0; i < kRequestedOthers; ++i) Request(std::nullopt);
}

void CallServer::Request(std::optional<ApiMethod> method) {
  if (queue_.Enter()) (new Call(this, method))->Request();
}

}  // namespace countersign::verifier
