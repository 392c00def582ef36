#include "verifier/serving/health_calls.h"

#include <iterator>
#include <optional>
#include <utility>

#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/impl/rpc_service_method.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"
#include "grpcpp/support/status.h"
#include "proto/grpc/health/v1/health.pb.h"

namespace countersign::verifier {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr int kCheck = 0;
constexpr int kWatch = 1;
constexpr int kRequested = 4;
// Of a message, which has a service's name.
constexpr size_t kMaxMessageBytes = 1 << 10;

grpc::ByteBuffer Write(int status) {
  HealthCheckResponse response;
  response.set_status(static_cast<HealthCheckResponse::ServingStatus>(status));
  const grpc::Slice slice(response.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

// The name of the service that is asked about.
std::optional<std::string> ReadName(grpc::ByteBuffer& message) {
  HealthCheckRequest request;
  if (message.Length() > kMaxMessageBytes ||
      !grpc::SerializationTraits<HealthCheckRequest>::Deserialize(&message, &request).ok()) {
    return std::nullopt;
  }
  return request.service();
}

}  // namespace

// One call, from when it may come. It is over when gRPC has said that it is done, and nothing is under way;
// then it deletes itself.
class HealthCalls::Call {
 public:
  Call(HealthCalls* service, bool is_watch) : service_(*service), is_watch_(is_watch) {
    context_.AsyncNotifyWhenDone(&done_);
  }

  void Request() {
    grpc::ServerCompletionQueue* const queue = service_.queue_.get();
    service_.RequestAsyncBidiStreaming(is_watch_ ? kWatch : kCheck, &context_, &stream_, queue,
                                       queue, &come_);
  }

  // A service's status may have changed. The mutex of the service is held.
  void Tell(const Statuses& statuses) {
    if (is_busy_ || is_done_) return;
    const int status = Find(statuses);
    if (status == told_) return;
    told_ = status;
    is_busy_ = true;
    stream_.Write(Write(status), &written_);
  }

 private:
  int Find(const Statuses& statuses) const {
    const auto found = statuses.find(name_);
    return found == statuses.end() ? HealthCheckResponse::SERVICE_UNKNOWN : found->second;
  }

  void Come(bool is_so) {
    if (!is_so) return End();
    service_.Request(is_watch_);
    stream_.Read(&message_, &read_);
  }

  void Read(bool is_so) {
    std::optional<std::string> name = is_so ? ReadName(message_) : std::nullopt;
    absl::ReleasableMutexLock lock(&service_.mutex_);
    if (!name.has_value()) {
      return stream_.Finish({grpc::StatusCode::INVALID_ARGUMENT, "it names no service"}, &written_);
    }
    name_ = *std::move(name);
    if (!is_watch_) return Answer(service_.statuses_);
    is_busy_ = false;
    if (!is_done_) {
      place_ = service_.watching_.insert(service_.watching_.end(), this);
      return Tell(service_.statuses_);
    }
    lock.Release();
    End();
  }

  void Answer(const Statuses& statuses) {
    const int status = Find(statuses);
    if (status == HealthCheckResponse::SERVICE_UNKNOWN) {
      return stream_.Finish({grpc::StatusCode::NOT_FOUND, "service name unknown"}, &written_);
    }
    stream_.WriteAndFinish(Write(status), grpc::WriteOptions(), grpc::Status::OK, &written_);
  }

  void Written(bool) {
    {
      absl::MutexLock lock(&service_.mutex_);
      is_busy_ = false;
      // Not one that asked for nothing, and has been finished.
      if (place_.has_value()) Tell(service_.statuses_);
      if (is_busy_ || !is_done_) return;
    }
    End();
  }

  void Done(bool) {
    {
      absl::MutexLock lock(&service_.mutex_);
      is_done_ = true;
      if (place_.has_value()) service_.watching_.erase(*place_);
      place_.reset();
      if (is_busy_) return;
    }
    End();
  }

  void End() {
    CallQueue& queue = service_.queue_;
    delete this;
    queue.Leave();
  }

  HealthCalls& service_;
  const bool is_watch_;
  grpc::ServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
  CallEventOf<Call> come_{this, &Call::Come};
  CallEventOf<Call> read_{this, &Call::Read};
  CallEventOf<Call> written_{this, &Call::Written};
  CallEventOf<Call> done_{this, &Call::Done};
  grpc::ByteBuffer message_;
  // These are guarded by the mutex of `service_`.
  std::string name_;
  bool is_busy_ = true;  // something is under way, beside that it is done
  bool is_done_ = false;
  int told_ = HealthCheckResponse::UNKNOWN;
  std::optional<std::list<Call*>::iterator> place_;
};

HealthCalls::HealthCalls(CallQueue* queue) : queue_(*queue) {
  int index = 0;
  for (const char* const path : {"/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"}) {
    AddMethod(new grpc::internal::RpcServiceMethod(path, grpc::internal::RpcMethod::BIDI_STREAMING,
                                                   nullptr));
    MarkMethodAsync(index++);
  }
}

void HealthCalls::Start() {
  for (int i = 0; i < kRequested; ++i) {
    Request(/*is_watch=*/false);
    Request(/*is_watch=*/true);
  }
}

void HealthCalls::Request(bool is_watch) {
  if (queue_.Enter()) (new Call(this, is_watch))->Request();
}

void HealthCalls::Set(std::string_view service, bool is_serving) {
  absl::MutexLock lock(&mutex_);
  statuses_[service] = is_serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
  for (Call* const call : watching_) call->Tell(statuses_);
}

}  // namespace countersign::verifier
