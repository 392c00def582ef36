#include "verifier/serving/grpc_server.h"

#include <unistd.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "base/log.h"
#include "gmock/gmock.h"
#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "verifier/serving/grpc_server_fixture.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

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

TEST(VerdictsDeadline, LeavesTimeForTheAnswer) {
  const absl::Time now = absl::FromUnixSeconds(1'000'000);
  EXPECT_EQ(VerdictsDeadline(now, now + absl::Seconds(1)), now + absl::Milliseconds(900));
  EXPECT_EQ(VerdictsDeadline(now, now + absl::Seconds(8)), now + absl::Milliseconds(7'800));
  EXPECT_EQ(VerdictsDeadline(now, absl::InfiniteFuture()), now + absl::Milliseconds(9'800));
}

TEST_F(GrpcServerTest, TheLineOfADenialSaysTheSpanOfTheCall) {
  Start();
  cluster_.SetPolicy(policy::TestPolicy());
  constexpr char kTraceparent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const std::string ids =
      R"("traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7")";
  const auto logged = [&](const std::vector<std::string>& traceparents) {
    std::string lines;
    const base::ScopedLogSink sink([&lines](std::string_view line) { lines += line; });
    grpc::ClientContext context;
    for (const std::string& traceparent : traceparents) {
      context.AddMetadata("traceparent", traceparent);
    }
    v1::VerifyImagesResponse response;
    EXPECT_TRUE(stub_->VerifyImages(&context, RequestFor("nginx"), &response).ok());
    return lines;
  };
  EXPECT_THAT(logged({kTraceparent}), HasSubstr(ids));
  // None, one that is none, and more than one.
  for (const std::vector<std::string>& told : std::vector<std::vector<std::string>>{
           {}, {absl::StrCat(kTraceparent, "\"")}, {kTraceparent, kTraceparent}}) {
    EXPECT_THAT(logged(told), AllOf(HasSubstr("REASON_"), Not(HasSubstr("traceId"))));
  }
}

}  // namespace
}  // namespace countersign::verifier
