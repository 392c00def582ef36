#include "verifier/serving/grpc_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using ::testing::HasSubstr;
using Counts = base::ConnectionPlaces::Counts;

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
  bool AwaitConnections(size_t Counts::*count, size_t wanted) {
    return base::Eventually([&] { return server_->CountConnections().*count == wanted; });
  }

  base::FakeClock clock_;
  TestCluster cluster_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<v1::Verifier::Stub> stub_;
};

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

v1::VerifyImagesRequest RequestFor(const std::string& image) {
  v1::VerifyImagesRequest request;
  request.add_images()->set_reference(image);
  return request;
}

TEST_F(GrpcServerTest, ADenialIsASuccessfulCall) {
  Start();
  cluster_.SetPolicy(policy::TestPolicy());
  v1::VerifyImagesResponse response;
  const grpc::Status status = Ask(RequestFor("nginx"), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.verdicts(0).decision(), v1::DECISION_DENY);
}

TEST_F(GrpcServerTest, AMessageThatIsWrongIsInvalidArgument) {
  Start();
  v1::VerifyImagesResponse response;
  const grpc::Status status = Ask({}, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("images"));
}

TEST_F(GrpcServerTest, RefusesMessagesOverAMebibyteAndGoesOnServing) {
  Start();
  cluster_.policies.Set(policy::Policies::None());
  v1::VerifyImagesResponse response;
  EXPECT_EQ(Ask(RequestFor(std::string(1 << 20, 'a')), &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Ask(RequestFor(std::string(2 << 20, 'a')), &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Ask(RequestFor(std::string(8 << 20, 'a')), &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(Ask(RequestFor("nginx"), &response).ok());
}

TEST_F(GrpcServerTest, TakesAPolicyOfTwoMebibytes) {
  Start();
  v1::ValidatePolicyRequest request;
  request.set_policy_json("\"" + std::string((2 << 20) - 2, 'a') + "\"");
  grpc::ClientContext context;
  v1::ValidatePolicyResponse response;
  const grpc::Status status = stub_->ValidatePolicy(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.problems_size(), 1);
}

TEST_F(GrpcServerTest, APolicyThatIsNoJsonIsInvalidArgument) {
  Start();
  grpc::ClientContext context;
  v1::ValidatePolicyResponse response;
  const grpc::Status status = stub_->ValidatePolicy(&context, {}, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("policy_json"));
}

TEST_F(GrpcServerTest, ACallerOfMoreThanANamesLengthIsInvalidArgument) {
  Start();
  cluster_.policies.Set(policy::Policies::None());
  for (const auto& [length, code] :
       {std::pair(253, grpc::StatusCode::OK), std::pair(254, grpc::StatusCode::INVALID_ARGUMENT)}) {
    v1::VerifyImagesRequest question = RequestFor("nginx");
    question.set_caller(std::string(length, 'c'));
    v1::VerifyImagesResponse verdicts;
    EXPECT_EQ(Ask(question, &verdicts).error_code(), code);
    v1::ValidatePolicyRequest policy;
    policy.set_policy_json("{}");
    policy.set_caller(question.caller());
    grpc::ClientContext context;
    v1::ValidatePolicyResponse problems;
    EXPECT_EQ(stub_->ValidatePolicy(&context, policy, &problems).error_code(), code);
  }
}

TEST_F(GrpcServerTest, AnswersUndecidedBeforeTheCallersDeadline) {
  Start();
  cluster_.SetPolicy(policy::TestPolicy()
                         .Key("release", cluster_.signer.key().PublicPem())
                         .Rule("*", {"release"}));
  const oci::Repository repository = {"registry.example.org", "app"};
  cluster_.registry.Hold(repository);
  v1::VerifyImagesResponse response;
  // Where processors are busy the answer may take longer than what is left for it, now and then.
  EXPECT_TRUE(base::Eventually([&] {
    response.Clear();
    return Ask(RequestFor("registry.example.org/app:1"), &response, absl::Seconds(1)).ok();
  }));
  cluster_.registry.LetGo(repository);
  ASSERT_EQ(response.verdicts_size(), 1);
  EXPECT_EQ(response.verdicts(0).reason(), v1::REASON_UNDECIDED);
}

TEST_F(GrpcServerTest, TakesNoMoreCallsThanItMay) {
  Start({.limits = {.calls = 0}});
  v1::VerifyImagesResponse response;
  const grpc::Status status = Ask(RequestFor("nginx"), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("another replica"));
}

TEST_F(GrpcServerTest, ACallWhoseMessageDoesNotComeIsEnded) {
  Start({.read_timeout = absl::Milliseconds(50)});
  cluster_.policies.Set(policy::Policies::None());
  grpc::GenericStub stub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                             grpc::InsecureChannelCredentials()));
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(base::Soon()));
  const auto call = stub.PrepareCall(&context, "/countersign.v1.Verifier/VerifyImages", &queue);
  call->StartCall(&context);
  grpc::Status status;
  call->Finish(&status, &status);
  void* tag = nullptr;
  bool ok = false;
  while (queue.Next(&tag, &ok) && tag != &status) {
  }
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED) << status.error_message();
  // Where processors are busy the time may be over for some of these, too.
  EXPECT_TRUE(base::Eventually([&] {
    v1::VerifyImagesResponse response;
    return Ask(RequestFor("nginx"), &response).ok();
  }));
}

TEST_F(GrpcServerTest, AMessageThatIsNoneIsInvalidArgument) {
  Start();
  grpc::GenericStub stub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                             grpc::InsecureChannelCredentials()));
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  const grpc::Slice slice(std::string("\xff\xff\xff"));
  const auto call = stub.PrepareUnaryCall(&context, "/countersign.v1.Verifier/VerifyImages",
                                          grpc::ByteBuffer(&slice, 1), &queue);
  call->StartCall();
  grpc::ByteBuffer answer;
  grpc::Status status;
  call->Finish(&answer, &status, &status);
  void* tag = nullptr;
  bool ok = false;
  EXPECT_TRUE(queue.Next(&tag, &ok));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
}

// Begins so many calls of one of gRPC's own methods, and expects that all but `open` of them are
// ended.
void ExpectThatFewStayOpen(int port, const std::string& method, int begun, int open) {
  grpc::GenericStub stub(
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  grpc::CompletionQueue queue;
  struct Call {
    grpc::ClientContext context;
    std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream;
    grpc::Status status;
  };
  const grpc::Slice nothing;
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < begun; ++i) {
    Call& call = *calls.emplace_back(std::make_unique<Call>());
    call.context.set_initial_metadata_corked(true);  // it goes with the message
    call.stream = stub.PrepareCall(&call.context, method, &queue);
    call.stream->StartCall(nullptr);
    call.stream->Write(grpc::ByteBuffer(&nothing, 1), nullptr);
    call.stream->Finish(&call.status, &call);
  }
  void* tag = nullptr;
  bool ok = false;
  for (int ended = 0; ended < begun - open;) {
    const auto until = absl::ToChronoTime(base::Soon());
    ASSERT_EQ(queue.AsyncNext(&tag, &ok, until), grpc::CompletionQueue::GOT_EVENT) << ended;
    if (tag != nullptr) ++ended;
  }
  for (const auto& call : calls) call->context.TryCancel();
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
}

// They are gRPC's own, and each holds a thread.
TEST_F(GrpcServerTest, FewCallsOfTheReflectionServiceStayOpen) {
  Start();
  cluster_.policies.Set(policy::Policies::None());
  ExpectThatFewStayOpen(server_->port(),
                        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", 40, 8);
  v1::VerifyImagesResponse response;
  EXPECT_TRUE(Ask(RequestFor("nginx"), &response).ok());
}

TEST_F(GrpcServerTest, FewCallsOfTheHealthServiceStayOpen) {
  Start();
  cluster_.policies.Set(policy::Policies::None());
  ExpectThatFewStayOpen(server_->port(), "/grpc.health.v1.Health/Watch", 100, 64);
  v1::VerifyImagesResponse response;
  EXPECT_TRUE(Ask(RequestFor("nginx"), &response).ok());
}

TEST_F(GrpcServerTest, TakesNothingCompressed) {
  Start();
  v1::VerifyImagesResponse response;
  grpc::ClientContext context;
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  context.set_deadline(absl::ToChronoTime(base::Soon()));
  EXPECT_EQ(stub_->VerifyImages(&context, RequestFor("nginx"), &response).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(GrpcServerTest, TakesNoLargeHeads) {
  Start();
  v1::VerifyImagesResponse response;
  grpc::ClientContext context;
  context.AddMetadata("x", std::string(5000, 'y'));
  context.set_deadline(absl::ToChronoTime(base::Soon()));
  EXPECT_EQ(stub_->VerifyImages(&context, RequestFor("nginx"), &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

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

TEST_F(GrpcServerTest, ThreadsServeManyCalls) {
  constexpr int kCallers = 8;
  constexpr int kCallsEach = 200;
  Start();
  cluster_.SetPolicy(policy::TestPolicy());
  // A denial is logged on the thread that serves the call.
  std::set<pid_t> serving;
  const base::ScopedLogSink sink([&serving](std::string_view) { serving.insert(gettid()); });
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([this] {
      for (int call = 0; call < kCallsEach; ++call) {
        v1::VerifyImagesResponse response;
        EXPECT_TRUE(Ask(RequestFor("nginx"), &response).ok());
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_GE(serving.size(), 1u);
  EXPECT_LT(serving.size(), kCallers * kCallsEach / 8u);
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

TEST(VerdictsDeadline, LeavesTimeForTheAnswer) {
  const absl::Time now = absl::FromUnixSeconds(1'000'000);
  EXPECT_EQ(VerdictsDeadline(now, now + absl::Seconds(1)), now + absl::Milliseconds(900));
  EXPECT_EQ(VerdictsDeadline(now, now + absl::Seconds(8)), now + absl::Milliseconds(7'800));
  EXPECT_EQ(VerdictsDeadline(now, absl::InfiniteFuture()), now + absl::Milliseconds(9'800));
}

}  // namespace
}  // namespace countersign::verifier
