#ifndef COUNTERSIGN_VERIFIER_SERVING_GRPC_SERVER_FIXTURE_H_
#define COUNTERSIGN_VERIFIER_SERVING_GRPC_SERVER_FIXTURE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/connection_places.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "proto/countersign/v1/verifier.grpc.pb.h"
#include "verifier/serving/grpc_server.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {

// A verifier's server without TLS, and who asks it.
class GrpcServerTest : public testing::Test {
 protected:
  void Start(GrpcServer::Options options = {}) {
    options.listen = "127.0.0.1:0";
    auto server = GrpcServer::Start(options, &cluster_.verifier);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = v1::Verifier::NewStub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                                      grpc::InsecureChannelCredentials()));
  }

  grpc::Status Ask(const v1::VerifyImagesRequest& request, v1::VerifyImagesResponse* response,
                   absl::Duration timeout = base::kPatience) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(base::In(timeout)));
    return stub_->VerifyImages(&context, request, response);
  }

  // Whether so many of the port's connections become so, before long.
  bool AwaitConnections(size_t base::ConnectionPlaces::Counts::*count, size_t wanted) {
    return base::Eventually([&] { return server_->CountConnections().*count == wanted; });
  }

  base::FakeClock clock_;
  TestCluster cluster_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<v1::Verifier::Stub> stub_;
};

inline v1::VerifyImagesRequest RequestFor(const std::string& image) {
  v1::VerifyImagesRequest request;
  request.add_images()->set_reference(image);
  return request;
}

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_GRPC_SERVER_FIXTURE_H_
