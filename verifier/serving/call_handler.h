#ifndef COUNTERSIGN_VERIFIER_SERVING_CALL_HANDLER_H_
#define COUNTERSIGN_VERIFIER_SERVING_CALL_HANDLER_H_

#include <functional>
#include <utility>

#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/method_handler.h"
#include "grpcpp/support/status.h"
#include "grpcpp/support/sync_stream.h"

namespace countersign::verifier {

// gRPC's handler of a unary method in the form in which a call reaches us before its message has been
// read, and in which it is seen when the call is over: not when its answer is known, but when that
// and the status have been sent, or the connection has gone. Its thread is free only then.
class CallHandler final : public grpc::internal::MethodHandler {
 public:
  using Stream = grpc::ServerUnaryStreamer<grpc::ByteBuffer, grpc::ByteBuffer>;
  using Answer = std::function<grpc::Status(Stream& stream)>;
  using Run = std::function<void(const Answer& answer)>;
  // All of a call: is to call `run` once, with what answers it, which returns when the call is over.
  using Handle = std::function<void(grpc::ServerContext& context, const Run& run)>;

  explicit CallHandler(Handle handle) : handle_(std::move(handle)) {}

  void RunHandler(const HandlerParameter& parameter) override;

 private:
  const Handle handle_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_CALL_HANDLER_H_
