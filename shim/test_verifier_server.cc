#include "shim/test_verifier_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/status_matchers.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "shim/affinity.h"
#include "shim/verifier_target.h"

namespace countersign::shim {

ReservedPort::ReservedPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  // So that gRPC's own sockets, which say the same, may be bound to it, too.
  const int on = 1;
  EXPECT_EQ(setsockopt(socket_, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
}

ReservedPort::~ReservedPort() { close(socket_); }

void TestVerifierService::KeepTraceparent(const grpc::ServerContext& context) {
  std::string told;
  const auto [begin, end] = context.client_metadata().equal_range("traceparent");
  for (auto value = begin; value != end; ++value) {
    absl::StrAppend(&told, std::string(value->second.data(), value->second.size()), " ");
  }
  absl::MutexLock lock(&mutex_);
  traceparent_ = told;
}

grpc::Status TestVerifierService::VerifyImages(grpc::ServerContext* context,
                                               const v1::VerifyImagesRequest* request,
                                               v1::VerifyImagesResponse* response) {
  ++calls;
  KeepTraceparent(*context);
  if (hangs) {
    EXPECT_TRUE(base::Eventually([context] { return context->IsCancelled(); }));
  }
  if (meanwhile != nullptr) meanwhile();
  if (!answer.ok()) return answer;
  response->add_warnings(absl::StrCat(name, request->images_size()));
  if (response_bytes > 0) response->add_verdicts()->set_message(std::string(response_bytes, 'm'));
  return answer;
}

grpc::Status TestVerifierService::RecallVerdicts(grpc::ServerContext* context,
                                                 const v1::RecallVerdictsRequest* request,
                                                 v1::RecallVerdictsResponse* response) {
  {
    absl::MutexLock lock(&mutex_);
    recalled_.push_back(*request);
  }
  if (hangs) {
    EXPECT_TRUE(base::Eventually([context] { return context->IsCancelled(); }));
  }
  if (meanwhile != nullptr) meanwhile();
  if (!recall_answer.ok()) return recall_answer;
  for (const v1::RecalledQuestion& question : request->questions()) {
    v1::RecalledAnswer& one = *response->add_answers();
    if (!remembers) continue;
    one.mutable_answer()->add_warnings(absl::StrCat(name, question.question().images_size()));
  }
  return grpc::Status::OK;
}

grpc::Status TestVerifierService::ValidatePolicy(grpc::ServerContext* /*context*/,
                                                 const v1::ValidatePolicyRequest* request,
                                                 v1::ValidatePolicyResponse* response) {
  ++calls;
  response->add_problems()->set_message(absl::StrCat(name, request->policy_json().size()));
  return answer;
}

grpc::Status TestVerifierService::Check(grpc::ServerContext* /*context*/,
                                        const grpc::health::v1::HealthCheckRequest* request,
                                        grpc::health::v1::HealthCheckResponse* response) {
  asked_service = request->service();
  response->set_status(health);
  return grpc::Status::OK;
}

TestVerifierServer::TestVerifierServer(std::string name, int port,
                                       std::shared_ptr<grpc::ServerCredentials> credentials)
    : service(std::move(name)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(absl::StrCat("127.0.0.1:", port), std::move(credentials), &port_);
  builder.RegisterService(static_cast<v1::Verifier::Service*>(&service));
  builder.RegisterService(static_cast<grpc::health::v1::Health::Service*>(&service));
  server_ = builder.BuildAndStart();
  EXPECT_NE(server_, nullptr);
}

TestVerifierServer::~TestVerifierServer() {
  server_->Shutdown(absl::ToChronoTime(base::In(absl::ZeroDuration())));
}

std::unique_ptr<GrpcVerifierClient> ClientOf(std::string target) {
  absl::StatusOr<std::unique_ptr<GrpcVerifierClient>> client =
      GrpcVerifierClient::Create({.target = std::move(target)});
  EXPECT_THAT(client, base::IsOk());
  return *std::move(client);
}

absl::StatusOr<std::string> Ask(GrpcVerifierClient& client, const std::string& reference,
                                absl::Time deadline) {
  v1::VerifyImagesRequest request;
  request.add_images()->set_reference(reference);
  absl::StatusOr<v1::VerifyImagesResponse> response =
      client.VerifyImages(request, deadline, {}).answer;
  if (!response.ok()) return response.status();
  return response->warnings(0);
}

std::string ImageOfFirst(std::initializer_list<std::string> addresses) {
  std::vector<VerifierAt> verifiers;
  for (const std::string& address : addresses) {
    verifiers.push_back({.hash = AffinityHash(TargetOfAddress(address)), .is_connected = true});
  }
  std::string image;
  for (int i = 0; image.empty() || ChooseVerifier(AffinityKey({image}), verifiers) != 0; ++i) {
    image = absl::StrCat("registry.test/app-", i);
  }
  return image;
}

void AwaitConnection(GrpcVerifierClient& client) {
  EXPECT_TRUE(base::Eventually([&] { return client.CheckHealth(base::Soon()).ok(); }));
}

void Connect(GrpcVerifierClient& client, std::initializer_list<TestVerifierServer*> servers) {
  AwaitConnection(client);
  int image = 0;
  for (TestVerifierServer* server : servers) {
    EXPECT_TRUE(base::Eventually([&] {
      EXPECT_THAT(Ask(client, absl::StrCat("registry.test/connect-", image++)), base::IsOk());
      return server->service.calls > 0;
    }));
  }
}

}  // namespace countersign::shim
