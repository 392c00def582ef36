#ifndef COUNTERSIGN_VERIFIER_SERVING_SERVICE_LIMIT_H_
#define COUNTERSIGN_VERIFIER_SERVING_SERVICE_LIMIT_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "base/source_shares.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_interceptor.h"
#include "verifier/serving/call_backlog.h"

namespace countersign::verifier {

// Ends calls of one service (CANCELLED) beyond a number, and beyond a source's share of it
// (base/source_shares.h). For the services beside the verify API, which hold a thread
// (reflection, which gRPC answers by itself) or memory (health) for as long as the client keeps them open.
// What is ended of reflection has its thread on, until its client has taken that: `hold` is where it counts
// meanwhile. Thread-safe.
class ServiceLimit final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // What a call that begins holds until it is over; nullopt: nothing.
  using Hold = std::function<std::optional<CallBacklog::Turn>(const grpc::ServerContext& context)>;

  // `service` is the beginning of its methods' paths, such as "/grpc.health.". `hold` is null unless
  // they are synchronous: each has a thread, and a grpc::ServerContext.
  ServiceLimit(std::string service, size_t calls, Hold hold)
      : service_(std::move(service)), calls_(calls, /*weight=*/1), hold_(std::move(hold)) {}

  // Null for calls of other services, which are not looked at.
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override;

 private:
  const std::string service_;
  base::SourceShares calls_;
  const Hold hold_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_SERVICE_LIMIT_H_
