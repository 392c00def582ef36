// What a client may take of a verifier's calls and room, and what that leaves to the others.

#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "gmock/gmock.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "proto/countersign/v1/verifier.grpc.pb.h"
#include "verifier/serving/grpc_server_clients_fixture.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using ::testing::HasSubstr;

// Calls that are begun, and ask nothing.
class OpenCalls {
 public:
  OpenCalls(std::shared_ptr<grpc::Channel> channel, int count) : stub_(std::move(channel)) {
    for (int i = 0; i < count; ++i) {
      calls_.push_back(std::make_unique<Call>());
      Call& call = *calls_.back();
      call.stream =
          stub_.PrepareCall(&call.context, "/countersign.v1.Verifier/VerifyImages", &queue_);
      call.stream->StartCall(nullptr);
      call.stream->Finish(&call.status, &call);
    }
  }
  ~OpenCalls() {
    for (const auto& call : calls_) call->context.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  // How the next one ends.
  grpc::Status AwaitOne() {
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
      if (tag != nullptr) return static_cast<Call*>(tag)->status;
    }
    return grpc::Status::OK;
  }

 private:
  struct Call {
    grpc::ClientContext context;
    std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream;
    grpc::Status status;
  };
  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Call>> calls_;
};

TEST_F(GrpcServerClientsTest, AClientThatTakesAllCallsItMayLeavesThoseOfOthers) {
  Start({"dns:shim.example.org=*", "dns:anon.example.org=none", "dns:scan.example.org=shared"},
        {.calls = 8, .calls_of_others = 8});
  OpenCalls open(Connect("DNS:anon.example.org", authority_), 30);
  for (int refused = 0; refused < 26; ++refused) {
    ASSERT_EQ(open.AwaitOne().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << refused;
  }
  EXPECT_EQ(Ask("DNS:anon.example.org", "").status.error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Ask("DNS:shim.example.org", "shop").verdict.reason(), v1::REASON_VERIFIED);
  EXPECT_TRUE(Ask("DNS:scan.example.org", "").status.ok());
}

TEST_F(GrpcServerClientsTest, OnlyAClientForEverybodyIsBelievedForWhomItAsks) {
  const auto question = [](const std::string& image, const std::string& caller) {
    v1::VerifyImagesRequest request;
    request.add_images()->set_reference(image);
    request.set_caller(caller);
    return request;
  };
  const std::string looked_at = "registry.example.org/" + std::string(200, 'x');
  const std::string unmatched = "elsewhere.example.org/" + std::string(199, 'x');
  // Room for a question of each of two who ask, and none for a second of the same (CallGate).
  // Beside what it is itself, 2 KiB for its image.
  const size_t size = question(unmatched, "192.0.2.1").SpaceUsedLong() + (2 << 10);
  Start({"dns:shim.example.org=*", "dns:scan.example.org=shared", "dns:other.example.org=shared"},
        {.question_bytes = size * 5 / 2, .question_bytes_of_others = size * 7 / 2});
  // Before anybody asks: what is held up is held until it is late.
  const auto scan = v1::Verifier::NewStub(Connect("DNS:scan.example.org", authority_));
  const auto shim = v1::Verifier::NewStub(Connect("DNS:shim.example.org", authority_));
  const auto other = v1::Verifier::NewStub(Connect("DNS:other.example.org", authority_));
  const auto ask = [](v1::Verifier::Stub& stub, const v1::VerifyImagesRequest& request) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(base::Soon()));
    v1::VerifyImagesResponse response;
    return stub.VerifyImages(&context, request, &response).error_code();
  };
  BlockedLane blocked(&cluster_);
  const auto await_waiting = [&](size_t count) {
    EXPECT_TRUE(base::Eventually([&] { return cluster_.pool.counts().waiting == count; }));
  };
  std::thread scan_asks([&] { ask(*scan, question(looked_at, "192.0.2.1")); });
  await_waiting(1);
  std::thread shim_asks([&] { ask(*shim, question(looked_at, "192.0.2.1")); });
  await_waiting(2);
  // Whatever it says, it is itself.
  EXPECT_EQ(ask(*scan, question(unmatched, "192.0.2.2")), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ask(*other, question(unmatched, "192.0.2.1")), grpc::StatusCode::OK);
  EXPECT_EQ(ask(*shim, question(unmatched, "192.0.2.1")), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ask(*shim, question(unmatched, "192.0.2.2")), grpc::StatusCode::OK);
  blocked.LetGo();
  scan_asks.join();
  shim_asks.join();
}

TEST_F(GrpcServerClientsTest, AQuestionWhoseAnswerHasNoRoomIsRefusedAndTakesNoneAfterwards) {
  v1::VerifyImagesRequest modest;
  modest.add_images()->set_reference("nginx");
  v1::VerifyImagesRequest vast;  // whose answer says all of it again
  vast.add_images()->set_reference(std::string(2000, 'x'));
  // In one namespace a caller may have a little more than half (CallGate).
  Start({"dns:shim.example.org=*"}, {.answer_bytes = 2100});
  const auto ask = [&](const v1::VerifyImagesRequest& request) {
    const auto stub = v1::Verifier::NewStub(Connect("DNS:shim.example.org", authority_));
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(base::Soon()));
    v1::VerifyImagesResponse response;
    return stub->VerifyImages(&context, request, &response);
  };
  for (int i = 0; i < 3; ++i) {
    const grpc::Status refused = ask(vast);
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_THAT(refused.error_message(), HasSubstr("as many answers to this caller as it takes"));
    EXPECT_TRUE(ask(modest).ok());
  }
}

TEST_F(GrpcServerClientsTest, AnAnswerAboutAPolicyTakesItsRoomAmongAnswers) {
  Start({"dns:shim.example.org=*", "dns:anon.example.org=none"}, {.answer_bytes_of_others = 10});
  v1::ValidatePolicyRequest request;
  request.set_policy_json("{}");
  const auto validate = [&](const std::string& name) {
    const auto stub = v1::Verifier::NewStub(Connect(name, authority_));
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(base::Soon()));
    v1::ValidatePolicyResponse response;
    return stub->ValidatePolicy(&context, request, &response);
  };
  const grpc::Status refused = validate("DNS:anon.example.org");
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.error_message(), HasSubstr("as many answers to this caller as it takes"));
  EXPECT_TRUE(validate("DNS:shim.example.org").ok());
}

// Neither so much text nor all those heads may come without a call that explains them
// (traffic_account.h).
TEST_F(GrpcServerClientsTest, LongQuestionsAreNotTakenForAFlood) {
  Start({"dns:ci.example.org=shared"});
  v1::VerifyImagesRequest request;
  for (int i = 0; i < 15; ++i) {
    request.add_images()->set_reference(
        absl::StrCat("elsewhere.example.org/", i, std::string(4000, 'x')));
  }
  const auto stub = v1::Verifier::NewStub(Connect("DNS:ci.example.org", authority_));
  for (int i = 0; i < 40; ++i) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(base::Soon()));
    // That HPACK cannot shorten.
    context.AddMetadata("x-token", std::string(3000, static_cast<char>('A' + i % 26)));
    v1::VerifyImagesResponse response;
    ASSERT_EQ(stub->VerifyImages(&context, request, &response).error_code(), grpc::StatusCode::OK);
    // What frames and records take beside the questions is more than is taken for explained where
    // processors are busy, and frames small.
    cluster_.clock.Advance(absl::Milliseconds(250));
  }
}

}  // namespace
}  // namespace countersign::verifier
