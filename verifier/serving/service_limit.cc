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
  Place(grpc::experimental::ServerRpcInfo* info, base::SourceShares* calls)
      : info_(info), calls_(calls) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      claim_ = calls_->TryTake(ParsePeer(info_->server_context()->peer()).address, 1);
      if (!claim_.has_value()) info_->server_context()->TryCancel();
    }
    methods->Proceed();
  }

 private:
  grpc::experimental::ServerRpcInfo* const info_;
  base::SourceShares* const calls_;
  std::optional<base::SourceShares::Claim> claim_;
};

}  // namespace

grpc::experimental::Interceptor* ServiceLimit::CreateServerInterceptor(
    grpc::experimental::ServerRpcInfo* info) {
  if (!absl::StartsWith(info->method(), service_)) return nullptr;
  return new Place(info, &calls_);
}

}  // namespace countersign::verifier
