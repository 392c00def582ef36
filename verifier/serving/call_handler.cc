#include "verifier/serving/call_handler.h"

namespace countersign::verifier {

void CallHandler::RunHandler(const HandlerParameter& parameter) {
  using StreamedHandler = grpc::internal::StreamedUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>;
  handle_(static_cast<grpc::ServerContext&>(*parameter.server_context),
          [&parameter](const Answer& answer) {
            StreamedHandler([&answer](grpc::ServerContext*, Stream* stream) {
              return answer(*stream);
            }).RunHandler(parameter);
          });
}

}  // namespace countersign::verifier
