#ifndef COUNTERSIGN_VERIFIER_SERVING_API_METHODS_H_
#define COUNTERSIGN_VERIFIER_SERVING_API_METHODS_H_

#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/server_context.h"
#include "verifier/serving/call_metrics.h"

namespace countersign::verifier {

// The verify API's methods as gRPC is to know them: unary ones, in the form in which a call comes before its
// message has been read. (As a unary method of a generated service, all of that would be read first.)
class ApiMethods final : public grpc::Service {
 public:
  ApiMethods();

  // Takes a call of the method as soon as there is one; `queue` then has `tag`. The server that it is
  // registered with must have been started; once it ends, the tag comes without a call.
  void Request(ApiMethod method, grpc::ServerContext* context,
               grpc::GenericServerAsyncReaderWriter* stream, grpc::ServerCompletionQueue* queue,
               void* tag);
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_API_METHODS_H_
