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

enum class CallServer::Kind { kVerifyImages, kValidatePolicy, kRecallVerdicts, kOther };

// One call, from when it may come. Its steps follow each other, each begun by the one before, on whatever
// thread; that it is done is told by gRPC beside them. It deletes itself: after a step has handed it on it may
// be gone.
class CallServer::Call {
 public:
  Call(CallServer* server, Kind kind) : server_(*server), service_(server->service_), kind_(kind) {
    context_.AsyncNotifyWhenDone(&done_);
  }

  void Request() {
    grpc::ServerCompletionQueue* const queue = server_.queue_.get();
    if (kind_ == Kind::kOther) {
      return server_.others_.RequestCall(&context_, &stream_, queue, queue, &come_);
    }
    server_.methods_.Request(method(), &context_, &stream_, queue, &come_);
  }

 private:
  // Of a call that is of one.
  ApiMethod method() const {
    switch (kind_) {
      case Kind::kVerifyImages:
        return ApiMethod::kVerifyImages;
      case Kind::kRecallVerdicts:
        return ApiMethod::kRecallVerdicts;
      case Kind::kValidatePolicy:
      case Kind::kOther:
        break;
    }
    return ApiMethod::kValidatePolicy;
  }

  void Come(bool is_so) {
    if (!is_so) return End();
    server_.Request(kind_);
    open_.emplace(&context_, service_.door());
    if (kind_ == Kind::kOther) return Send(absl::UnimplementedError(""));
    if (absl::Status status = service_.Enter(*open_); !status.ok()) return Send(std::move(status));
    permit_ = service_.TryReading(*open_, method());
    if (permit_.has_value()) return ReadMessage();
    Schedule([this] {
      absl::StatusOr<CallGate::ReadPermit> permit = service_.AwaitReading(*open_, method());
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
    if (kind_ == Kind::kValidatePolicy || !VerifierService::IsShort(message_)) {
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
        CallAndLog([&] { return service_.Read(*open_, method(), &message_); });
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
    if (kind_ != Kind::kOther) service_.End(*open_, method(), status_);
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
  const Kind kind_;
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
    Request(Kind::kVerifyImages);
    Request(Kind::kValidatePolicy);
    Request(Kind::kRecallVerdicts);
  }
  for (int i = 0; i < kRequestedOthers; ++i) Request(Kind::kOther);
}

void CallServer::Request(Kind kind) {
  if (queue_.Enter()) (new Call(this, kind))->Request();
}

}  // namespace countersign::verifier
