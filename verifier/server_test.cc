#include "verifier/server.h"

#include <unistd.h>

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using ::testing::HasSubstr;

class ServerTest : public testing::Test {
 protected:
  void Start(int max_calls = 1024) {
    auto server = Server::Start(
        {.credentials = {.listen = "127.0.0.1:0"}, .max_calls_in_progress = max_calls},
        &cluster_.verifier);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = v1::Verifier::NewStub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                                      grpc::InsecureChannelCredentials()));
  }

  grpc::Status Ask(const v1::VerifyImagesRequest& request, v1::VerifyImagesResponse* response,
                   absl::Duration timeout = absl::Seconds(5)) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
    return stub_->VerifyImages(&context, request, response);
  }

  TestCluster cluster_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::Verifier::Stub> stub_;
};

v1::VerifyImagesRequest RequestFor(const std::string& image) {
  v1::VerifyImagesRequest request;
  request.add_images()->set_reference(image);
  return request;
}

TEST_F(ServerTest, ADenialIsASuccessfulCall) {
  Start();
  cluster_.SetPolicy(policy::TestPolicy());
  v1::VerifyImagesResponse response;
  const grpc::Status status = Ask(RequestFor("nginx"), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.verdicts(0).decision(), v1::DECISION_DENY);
}

TEST_F(ServerTest, AMessageThatIsWrongIsInvalidArgument) {
  Start();
  v1::VerifyImagesResponse response;
  const grpc::Status status = Ask({}, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("images"));
}

TEST_F(ServerTest, RefusesMessagesOverAMebibyteAndGoesOnServing) {
  Start();
  cluster_.policies.Set(nullptr);
  v1::VerifyImagesResponse response;
  EXPECT_EQ(Ask(RequestFor(std::string(1 << 20, 'a')), &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Ask(RequestFor(std::string(2 << 20, 'a')), &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(Ask(RequestFor("nginx"), &response).ok());
}

TEST_F(ServerTest, TakesAPolicyOfTwoMebibytes) {
  Start();
  v1::ValidatePolicyRequest request;
  request.set_policy_json("\"" + std::string((2 << 20) - 2, 'a') + "\"");
  grpc::ClientContext context;
  v1::ValidatePolicyResponse response;
  const grpc::Status status = stub_->ValidatePolicy(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.problems_size(), 1);
}

TEST_F(ServerTest, APolicyThatIsNoJsonIsInvalidArgument) {
  Start();
  grpc::ClientContext context;
  v1::ValidatePolicyResponse response;
  const grpc::Status status = stub_->ValidatePolicy(&context, {}, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("policy_json"));
}

TEST_F(ServerTest, AnswersUndecidedBeforeTheCallersDeadline) {
  Start();
  cluster_.SetPolicy(policy::TestPolicy()
                         .Key("release", cluster_.signer.key().PublicPem())
                         .Rule("*", {"release"}));
  cluster_.registry.Delay(absl::Seconds(3));
  v1::VerifyImagesResponse response;
  const grpc::Status status =
      Ask(RequestFor("registry.example.org/app:1"), &response, absl::Milliseconds(500));
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.verdicts(0).reason(), v1::REASON_UNDECIDED);
}

TEST_F(ServerTest, TakesNoMoreCallsThanItMay) {
  Start(/*max_calls=*/0);
  v1::VerifyImagesResponse response;
  const grpc::Status status = Ask(RequestFor("nginx"), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("another replica"));
}

TEST_F(ServerTest, ThreadsServeManyCalls) {
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

TEST_F(ServerTest, DoesNotShareItsPort) {
  Start();
  const auto second = Server::Start(
      {.credentials = {.listen = absl::StrCat("127.0.0.1:", server_->port())}}, &cluster_.verifier);
  EXPECT_THAT(second, base::StatusIs(absl::StatusCode::kUnavailable, HasSubstr("cannot be bound")));
}

TEST_F(ServerTest, EndsOldConnectionsAndNoCallWithThem) {
  auto server = Server::Start(
      {.credentials = {.listen = "127.0.0.1:0"}, .connection_age = absl::Milliseconds(20)},
      &cluster_.verifier);
  ASSERT_TRUE(server.ok()) << server.status();
  cluster_.policies.Set(nullptr);
  const auto channel = grpc::CreateChannel(absl::StrCat("127.0.0.1:", (*server)->port()),
                                           grpc::InsecureChannelCredentials());
  stub_ = v1::Verifier::NewStub(channel);
  for (int connection = 0; connection < 5; ++connection) {
    v1::VerifyImagesResponse response;
    const grpc::Status status = Ask(RequestFor("nginx"), &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    // Only the server ends it: nothing else makes a channel leave READY.
    EXPECT_TRUE(channel->WaitForStateChange(GRPC_CHANNEL_READY,
                                            absl::ToChronoTime(absl::Now() + absl::Seconds(20))));
  }
}

TEST_F(ServerTest, CallsInProgressEndWhenItDrains) {
  Start();
  cluster_.policies.Set(nullptr);
  server_->Drain(absl::Now() + absl::Seconds(1));
  v1::VerifyImagesResponse response;
  EXPECT_EQ(Ask(RequestFor("nginx"), &response).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST(VerdictsDeadline, LeavesTimeForTheAnswer) {
  const absl::Time now = absl::FromUnixSeconds(1'000'000);
  EXPECT_EQ(VerdictsDeadline(now, now + absl::Seconds(1)), now + absl::Milliseconds(900));
  EXPECT_EQ(VerdictsDeadline(now, now + absl::Seconds(8)), now + absl::Milliseconds(7'800));
  EXPECT_EQ(VerdictsDeadline(now, absl::InfiniteFuture()), now + absl::Milliseconds(9'800));
}

}  // namespace
}  // namespace countersign::verifier
