// Clients that read nothing of what they are answered, and what of a verifier they hold.

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/metrics.h"
#include "grpc/grpc.h"
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
#include "proto/limits.h"
#include "verifier/serving/call_metrics.h"
#include "verifier/serving/grpc_server.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

class GrpcServerUnreadTest : public testing::Test {
 protected:
  // Without a user, gRPC ends; where a connection was ended while it wrote there, it waits ten seconds first.
  static void SetUpTestSuite() { grpc_init(); }

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

std::string BigEndian(uint64_t number, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    text.push_back(static_cast<char>(number >> shift));
  }
  return text;
}

// A frame of HTTP/2 (RFC 9113, section 4.1).
std::string Frame(char type, char flags, uint32_t stream, const std::string& payload) {
  return absl::StrCat(BigEndian(payload.size(), 3), std::string({type, flags}),
                      BigEndian(stream, 4), payload);
}

// Literal fields without indexing (RFC 7541, section 6.2.2).
std::string Fields(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string block;
  for (const auto& [name, value] : fields) {
    block.push_back('\0');
    for (const std::string& text : {name, value}) {
      absl::StrAppend(&block, std::string(1, static_cast<char>(text.size())), text);
    }
  }
  return block;
}

// A connection with all the windows of HTTP/2 open, of which nothing is ever received: a little
// of what is sent to it fills it.
class DeafConnection {
 public:
  explicit DeafConnection(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int least = 1;  // as few bytes as the kernel allows
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    constexpr char kSettings = 4;
    constexpr char kWindowUpdate = 8;
    Say(absl::StrCat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                     Frame(kSettings, 0, 0,
                           BigEndian(/*SETTINGS_INITIAL_WINDOW_SIZE*/ 4, 2) + BigEndian(kMost, 4)),
                     Frame(kWindowUpdate, 0, 0, BigEndian(kMost - 65'535, 4))));
  }
  ~DeafConnection() { close(fd_); }
  DeafConnection(const DeafConnection&) = delete;
  DeafConnection& operator=(const DeafConnection&) = delete;

  // Calls VerifyImages. `message`: no more than 4 KiB, which is what may be sent at first.
  void Call(const std::string& message) {
    constexpr char kData = 0;
    constexpr char kHeaders = 1;
    constexpr char kEndStream = 1;
    constexpr char kEndHeaders = 4;
    const std::string head = Fields({{":method", "POST"},
                                     {":scheme", "http"},
                                     {":path", "/countersign.v1.Verifier/VerifyImages"},
                                     {":authority", "verifier"},
                                     {"content-type", "application/grpc"},
                                     {"te", "trailers"}});
    const std::string body = absl::StrCat(BigEndian(message.size(), 5), message);
    Say(Frame(kHeaders, kEndHeaders, stream_, head) + Frame(kData, kEndStream, stream_, body));
    stream_ += 2;
  }

 private:
  static constexpr uint32_t kMost = (uint32_t{1} << 31) - 1;

  void Say(const std::string& bytes) {
    EXPECT_EQ(send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  const int fd_;
  uint32_t stream_ = 1;
};

// Two bytes for each image, which has no name, and a sentence about each in the answer: a few of them fill
// a connection.
std::string LongQuestion() {
  v1::VerifyImagesRequest question;
  for (int i = 0; i < v1::kMaxImages; ++i) question.add_images();
  return question.SerializeAsString();
}

constexpr int kLongQuestions = 12;
constexpr char kNoQuestion[] = "\xff\xff";

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

TEST_F(GrpcServerUnreadTest, AConnectionThatTakesNothingIsEndedWithAllItsCalls) {
  Start({.connections = {.unread_timeout = absl::Milliseconds(500)}});
  {
    DeafConnection deaf(server_->port());
    for (int i = 0; i < kLongQuestions; ++i) deaf.Call(LongQuestion());
    for (int i = 0; i < 60; ++i) deaf.Call(kNoQuestion);
    ASSERT_TRUE(base::Eventually([&] { return server_->CountConnections().connections == 1; }));
    EXPECT_TRUE(base::Eventually([&] { return server_->CountConnections().connections == 0; }));
  }
  // That waits for their threads.
  server_->Drain(base::Soon());
}

TEST_F(GrpcServerUnreadTest, WhoIsDrainedIsEndedTheSameWay) {
  Start({.connections = {.unread_timeout = absl::Milliseconds(500)}});
  DeafConnection deaf(server_->port());
  for (int i = 0; i < kLongQuestions; ++i) deaf.Call(LongQuestion());
  ASSERT_TRUE(base::Eventually([&] { return server_->CountConnections().connections == 1; }));
  server_->Drain(base::Soon());
  EXPECT_EQ(server_->CountConnections().connections, 0u);
}

}  // namespace
}  // namespace countersign::verifier
