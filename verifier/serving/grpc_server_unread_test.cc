// Clients that read nothing of what they are answered, and what of a verifier they hold.

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/metrics.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/channel_arguments.h"
#include "grpcpp/support/slice.h"
#include "gtest/gtest.h"
#include "policy/policies.h"
#include "proto/countersign/v1/verifier.grpc.pb.h"
#include "verifier/serving/call_metrics.h"
#include "verifier/serving/grpc_server.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

class GrpcServerUnreadTest : public testing::Test {
 protected:
  void Start(GrpcServer::Options options) {
    cluster_.policies.Set(policy::Policies::None());
    options.listen = "127.0.0.1:0";
    options.metrics = &calls_;
    auto server = GrpcServer::Start(options, &cluster_.verifier);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    address_ = absl::StrCat("127.0.0.1:", server_->port());
    stub_ =
        v1::Verifier::NewStub(grpc::CreateChannel(address_, grpc::InsecureChannelCredentials()));
  }

  static v1::VerifyImagesRequest Question() {
    v1::VerifyImagesRequest question;
    question.add_images()->set_reference("nginx");
    return question;
  }

  static v1::ValidatePolicyRequest Policy() {
    v1::ValidatePolicyRequest policy;
    policy.set_policy_json("{}");
    return policy;
  }

  base::Metrics metrics_;
  CallMetrics calls_{&metrics_};
  TestCluster cluster_;
  std::unique_ptr<GrpcServer> server_;
  std::string address_;
  std::unique_ptr<v1::Verifier::Stub> stub_;
};

// A call without a deadline whose client lets five bytes of its answer come, and reads none.
class UnreadCall {
 public:
  UnreadCall(const std::string& address, const std::string& method, const std::string& message)
      : stub_(
            grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), SmallWindow())) {
    context_.set_initial_metadata_corked(true);  // it goes with the message
    call_ =
        stub_.PrepareCall(&context_, absl::StrCat("/countersign.v1.Verifier/", method), &queue_);
    call_->StartCall(nullptr);
    const grpc::Slice slice(message);
    call_->Write(grpc::ByteBuffer(&slice, 1), nullptr);
    call_->ReadInitialMetadata(this);
  }
  ~UnreadCall() {
    context_.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  UnreadCall(const UnreadCall&) = delete;
  UnreadCall& operator=(const UnreadCall&) = delete;

  // Whether its answer begins.
  bool AwaitAnswer() {
    void* tag = nullptr;
    bool ok = false;
    const auto until = absl::ToChronoTime(base::Soon());
    while (queue_.AsyncNext(&tag, &ok, until) == grpc::CompletionQueue::GOT_EVENT) {
      if (tag == this) return ok;
    }
    return false;
  }

 private:
  static grpc::ChannelArguments SmallWindow() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 5);
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    return arguments;
  }

  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

TEST_F(GrpcServerUnreadTest, ACallWhoseAnswerIsNotReadIsEndedAndLeavesItsPlace) {
  // Of which one client may have one.
  Start({.limits = {.calls = 2}, .write_timeout = absl::Milliseconds(500)});
  UnreadCall unread(address_, "VerifyImages", Question().SerializeAsString());
  EXPECT_TRUE(unread.AwaitAnswer());
  EXPECT_TRUE(base::Eventually([&] {
    return absl::StrContains(
        metrics_.WriteText(),
        "countersign_calls_total{code=\"deadline_exceeded\",method=\"VerifyImages\"} 1\n");
  }));
  // Where processors are busy the time may be over for some of these, too.
  EXPECT_TRUE(base::Eventually([&] {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(base::Soon()));
    v1::VerifyImagesResponse response;
    return stub_->VerifyImages(&context, Question(), &response).ok();
  }));
}

TEST_F(GrpcServerUnreadTest, AnUnreadAnswerAboutAPolicyHoldsNoPlaceForValidations) {
  // Of which one client may have one.
  Start({.limits = {.validations = 2}, .write_timeout = absl::Hours(1)});
  UnreadCall unread(address_, "ValidatePolicy", Policy().SerializeAsString());
  EXPECT_TRUE(unread.AwaitAnswer());
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(base::Soon()));
  v1::ValidatePolicyResponse response;
  const grpc::Status status = stub_->ValidatePolicy(&context, Policy(), &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

}  // namespace
}  // namespace countersign::verifier
