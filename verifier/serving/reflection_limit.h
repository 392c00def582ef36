#ifndef COUNTERSIGN_VERIFIER_SERVING_REFLECTION_LIMIT_H_
#define COUNTERSIGN_VERIFIER_SERVING_REFLECTION_LIMIT_H_

#include <cstddef>

#include "base/source_shares.h"
#include "grpcpp/support/server_interceptor.h"

namespace countersign::verifier {

// Ends calls of the reflection service beyond a number, and beyond a source's share of it
// (base/source_shares.h). They are answered by gRPC itself, on a thread for as long as the client
// holds them open: without this a few clients could hold all threads. Thread-safe.
class ReflectionLimit final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit ReflectionLimit(size_t calls) : calls_(calls, /*weight=*/1) {}

  // Null for calls of other services, which are not looked at.
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override;

 private:
  base::SourceShares calls_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_REFLECTION_LIMIT_H_
