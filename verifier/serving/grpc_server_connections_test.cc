// Which connections a server has, and for how long: silent ones, those of one source, old ones, and all of them
// when it goes.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/connection_places.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"
#include "gtest/gtest.h"
#include "proto/countersign/v1/verifier.grpc.pb.h"
#include "verifier/serving/grpc_server.h"
#include "verifier/serving/grpc_server_fixture.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using ::testing::HasSubstr;
using Counts = base::ConnectionPlaces::Counts;

// A connection that is only that.
class SilentConnection {
 public:
  explicit SilentConnection(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    const timeval patience = {.tv_sec = 30};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }
  ~SilentConnection() { close(fd_); }
  SilentConnection(const SilentConnection&) = delete;
  SilentConnection& operator=(const SilentConnection&) = delete;

  void Say(std::string_view bytes) {
    EXPECT_EQ(send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  // Whether the other end closes it before long.
  bool AwaitEnd() {
    char bytes[512];
    ssize_t got;
    do got = recv(fd_, bytes, sizeof(bytes), 0);
    while (got > 0);
    return got == 0 || errno == ECONNRESET;
  }

 private:
  const int fd_;
};

TEST_F(GrpcServerTest, SilentConnectionsMakeRoom) {
  Start({.connections = {.places = {.connections = 8, .unanswered = 8, .unanswered_per_source = 4},
                         .silence_timeout = absl::Hours(1)}});
  cluster_.policies.Set(policy::Policies::None());
  std::vector<std::unique_ptr<SilentConnection>> silent;
  for (int i = 0; i < 8; ++i) silent.push_back(std::make_unique<SilentConnection>(server_->port()));
  v1::VerifyImagesResponse response;
  EXPECT_TRUE(Ask(RequestFor("nginx"), &response).ok());
  EXPECT_TRUE(silent.front()->AwaitEnd());
  // What is in use stays, whoever comes.
  for (int i = 0; i < 20; ++i)
    silent.push_back(std::make_unique<SilentConnection>(server_->port()));
  EXPECT_TRUE(silent[10]->AwaitEnd());
  EXPECT_TRUE(Ask(RequestFor("nginx"), &response).ok());
}

TEST_F(GrpcServerTest, SilentConnectionsEnd) {
  Start({.connections = {.silence_timeout = absl::Seconds(5), .clock = &clock_}});
  cluster_.policies.Set(policy::Policies::None());
  SilentConnection silent(server_->port());
  ASSERT_TRUE(AwaitConnections(&Counts::silent, 1));
  clock_.Advance(absl::Seconds(6));
  EXPECT_TRUE(silent.AwaitEnd());
  EXPECT_EQ(server_->CountConnections().connections, 0u);
  v1::VerifyImagesResponse response;
  EXPECT_TRUE(Ask(RequestFor("nginx"), &response).ok());
}

TEST_F(GrpcServerTest, WhatNeverShowsThatItSpeaksGrpcEnds) {
  Start({.connections = {.handshake_timeout = absl::Milliseconds(50)}});
  SilentConnection half(server_->port());
  half.Say("PRI * HTTP/2.0\r\n");
  EXPECT_TRUE(half.AwaitEnd());
  EXPECT_TRUE(AwaitConnections(&Counts::connections, 0));
}

TEST_F(GrpcServerTest, OnlySoManyOfASourceMayBeUnanswered) {
  Start(
      {.connections = {.places = {.connections = 100, .unanswered = 32, .unanswered_per_source = 2},
                       .clock = &clock_}});
  cluster_.policies.Set(policy::Policies::None());
  std::vector<std::unique_ptr<SilentConnection>> halves;
  for (int i = 0; i < 5; ++i) {
    halves.push_back(std::make_unique<SilentConnection>(server_->port()));
    halves.back()->Say("P");
  }
  ASSERT_TRUE(AwaitConnections(&Counts::waiting, 3));
  EXPECT_EQ(server_->CountConnections().unanswered, 2u);
  // Whoever goes lets the next one in.
  halves[0] = nullptr;
  ASSERT_TRUE(AwaitConnections(&Counts::waiting, 2));
  halves.clear();
  v1::VerifyImagesResponse response;
  EXPECT_TRUE(Ask(RequestFor("nginx"), &response).ok());
}

TEST_F(GrpcServerTest, DoesNotShareItsPort) {
  Start();
  const auto second = GrpcServer::Start({.listen = absl::StrCat("127.0.0.1:", server_->port())},
                                        &cluster_.verifier);
  EXPECT_THAT(second, base::StatusIs(absl::StatusCode::kUnavailable, HasSubstr("cannot be bound")));
}

TEST_F(GrpcServerTest, EndsOldConnectionsAndNoCallWithThem) {
  auto server = GrpcServer::Start(
      {.listen = "127.0.0.1:0", .connection_age = absl::Milliseconds(20)}, &cluster_.verifier);
  ASSERT_TRUE(server.ok()) << server.status();
  cluster_.policies.Set(policy::Policies::None());
  const auto channel = grpc::CreateChannel(absl::StrCat("127.0.0.1:", (*server)->port()),
                                           grpc::InsecureChannelCredentials());
  stub_ = v1::Verifier::NewStub(channel);
  for (int connection = 0; connection < 5; ++connection) {
    v1::VerifyImagesResponse response;
    const grpc::Status status = Ask(RequestFor("nginx"), &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    // Only the server ends it: nothing else makes a channel leave READY.
    EXPECT_TRUE(channel->WaitForStateChange(GRPC_CHANNEL_READY, absl::ToChronoTime(base::Soon())));
  }
}

TEST_F(GrpcServerTest, WhileItDrainsCallsInProgressAreAnsweredAndNewOnesRefused) {
  Start();
  cluster_.SetPolicy(policy::TestPolicy()
                         .Key("release", cluster_.signer.key().PublicPem())
                         .Rule("registry.example.org/*", {"release"}));
  const oci::Repository repository = {"registry.example.org", "app"};
  cluster_.registry.Hold(repository);
  v1::VerifyImagesResponse response;
  grpc::Status status;
  std::thread asking(
      [&] { status = Ask(RequestFor("registry.example.org/app:1"), &response, base::kPatience); });
  EXPECT_TRUE(base::Eventually([&] { return cluster_.registry.CountHeld(repository) == 1; }));
  std::thread draining([&] { server_->Drain(base::Soon()); });
  EXPECT_TRUE(base::Eventually([&] {
    v1::VerifyImagesResponse none;
    // One that nobody takes any more may only end at its deadline.
    return Ask(RequestFor("nginx"), &none, absl::Seconds(1)).error_code() ==
           grpc::StatusCode::UNAVAILABLE;
  }));
  cluster_.registry.LetGo(repository);
  asking.join();
  draining.join();
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.verdicts(0).reason(), v1::REASON_NOT_FOUND);
}

// A call of the health service stays open for as long as its client wants.
TEST_F(GrpcServerTest, EndsWhatIsOpenWhenItGoesUndrained) {
  Start();
  grpc::GenericStub stub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                             grpc::InsecureChannelCredentials()));
  grpc::CompletionQueue queue;
  const auto await = [&queue](const void* wanted) {
    void* tag = nullptr;
    bool ok = false;
    while (queue.Next(&tag, &ok) && tag != wanted) {
    }
    return ok;
  };
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(base::Soon()));
  context.set_initial_metadata_corked(true);  // it goes with the message
  const auto call = stub.PrepareCall(&context, "/grpc.health.v1.Health/Watch", &queue);
  const grpc::Slice everything;
  grpc::ByteBuffer health;
  call->StartCall(nullptr);
  call->Write(grpc::ByteBuffer(&everything, 1), nullptr);
  call->Read(&health, &health);
  ASSERT_TRUE(await(&health));
  server_ = nullptr;
  grpc::Status status;
  call->Finish(&status, &status);
  EXPECT_TRUE(await(&status));
  EXPECT_NE(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED) << "its client ended it";
}

}  // namespace
}  // namespace countersign::verifier
