#include "verifier/serving/service_limit.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/interceptor.h"
#include "verifier/serving/peer_address.h"

namespace countersign::verifier {
namespace {

using grpc::experimental::InterceptionHookPoints;

// Lives as long as its call, and holds its place.
class Place final : public grpc::experimental::Interceptor {
 public:
  Place(grpc::experimental::ServerRpcInfo* info, base::SourceShares* calls,
        const ServiceLimit::Hold* hold)
      : info_(info), calls_(calls), hold_(hold) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      if (*hold_ != nullptr) {
        auto turn = (*hold_)(static_cast<const grpc::ServerContext&>(*info_->server_context()));
        if (turn.has_value()) turn_.emplace(*std::move(turn));
      }
      claim_ = calls_->TryTake(ParsePeer(info_->server_context()->peer()).address, 1);
      if (!claim_.has_value()) info_->server_context()->TryCancel();
    }
    methods->Proceed();
  }

 private:
  grpc::experimental::ServerRpcInfo* const info_;
  base::SourceShares* const calls_;
  const ServiceLimit::Hold* const hold_;
  std::optional<base::SourceShares::Claim> claim_;
  std::optional<CallBacklog::Turn> turn_;
};

}  // namespace

grpc::experimental::Interceptor* ServiceLimit::CreateServerInterceptor(
    grpc::experimental::ServerRpcInfo* info) {
  if (!absl::StartsWith(info->method(), service_)) return nullptr;
  return new Place(info, &calls_, &hold_);
}

}  // namespace countersign::verifier
