#ifndef COUNTERSIGN_VERIFIER_SERVING_SERVICE_LIMIT_H_
#define COUNTERSIGN_VERIFIER_SERVING_SERVICE_LIMIT_H_

#include <cstddef>
#include <string>
#include <utility>

#include "base/source_shares.h"
#include "grpcpp/support/server_interceptor.h"

namespace countersign::verifier {

// Ends calls of one service (CANCELLED) beyond a number, and beyond a source's share of it
// (base/source_shares.h). For the services that gRPC answers by itself, which hold a thread
// (reflection) or memory (health) for as long as the client keeps them open. Thread-safe.
class ServiceLimit final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // `service` is the beginning of its methods' paths, such as "/grpc.health.".
  ServiceLimit(std::string service, size_t calls)
      : service_(std::move(service)), calls_(calls, /*weight=*/1) {}

  // Null for calls of other services, which are not looked at.
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override;

 private:
  const std::string service_;
  base::SourceShares calls_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_SERVICE_LIMIT_H_
