#include "verifier/serving/api_methods.h"

#include <array>

#include "grpcpp/impl/rpc_service_method.h"

namespace countersign::verifier {
namespace {

// In the order of ApiMethod.
constexpr std::array<const char*, kApiMethods.size()> kPaths = {
    "/countersign.v1.Verifier/VerifyImages", "/countersign.v1.Verifier/ValidatePolicy",
    "/countersign.v1.Verifier/RecallVerdicts"};

}  // namespace

ApiMethods::ApiMethods() {
  int index = 0;
  for (const char* const path : kPaths) {
    // Of what streams nothing is read ahead; one message each way is a unary call.
    AddMethod(new grpc::internal::RpcServiceMethod(path, grpc::internal::RpcMethod::BIDI_STREAMING,
                                                   nullptr));
    MarkMethodAsync(index++);
  }
}

void ApiMethods::Request(ApiMethod method, grpc::ServerContext* context,
                         grpc::GenericServerAsyncReaderWriter* stream,
                         grpc::ServerCompletionQueue* queue, void* tag) {
  RequestAsyncBidiStreaming(static_cast<int>(method), context, stream, queue, queue, tag);
}

}  // namespace countersign::verifier
