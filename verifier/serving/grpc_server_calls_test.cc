// On which threads calls are served, and which of them hold none.

#include <unistd.h>

#include <cstddef>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/log.h"
#include "base/worker_pool.h"
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
#include "oci/image_reference.h"
#include "policy/policies.h"
#include "policy/sigstore/review_settings.h"
#include "policy/test_policy.h"
#include "proto/countersign/v1/verifier.grpc.pb.h"
#include "verifier/serving/grpc_server.h"
#include "verifier/serving/grpc_server_fixture.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

constexpr char kVerify[] = "/countersign.v1.Verifier/VerifyImages";
constexpr char kImage[] = "registry.example.org/app:1";

// Calls that are under way at the same time, over one connection.
class ManyCalls {
 public:
  explicit ManyCalls(int port, const grpc::ChannelArguments& arguments = {})
      : stub_(grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port),
                                        grpc::InsecureChannelCredentials(), arguments)) {}
  ~ManyCalls() {
    for (const auto& call : calls_) call->context.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  ManyCalls(const ManyCalls&) = delete;
  ManyCalls& operator=(const ManyCalls&) = delete;

  // Whose message never comes.
  void BeginSilent() {
    Call& call = Begin(kVerify, /*has_message=*/false);
    call.stream->Finish(&call.status, &call);
  }
  // Of which nothing is read but that it was answered.
  void BeginUnread(const std::string& message) {
    Call& call = Begin(kVerify);
    Write(message);
    call.stream->ReadInitialMetadata(&call);
  }
  // To its end.
  void Ask(const std::string& method, const std::string& message) {
    Call& call = Begin(method);
    Write(message);
    call.stream->Read(&call.answer, nullptr);
    call.stream->Finish(&call.status, &call);
  }

  // How the next one ended, or began to be answered.
  grpc::StatusCode AwaitOne() {
    void* tag = nullptr;
    bool ok = false;
    const auto until = absl::ToChronoTime(base::Soon());
    while (queue_.AsyncNext(&tag, &ok, until) == grpc::CompletionQueue::GOT_EVENT) {
      if (tag != nullptr) return static_cast<Call*>(tag)->status.error_code();
    }
    return grpc::StatusCode::DATA_LOSS;
  }

 private:
  struct Call {
    grpc::ClientContext context;
    std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream;
    grpc::ByteBuffer answer;
    grpc::Status status;
  };

  Call& Begin(const std::string& method, bool has_message = true) {
    Call& call = *calls_.emplace_back(std::make_unique<Call>());
    call.context.set_initial_metadata_corked(has_message);  // it goes with the message
    call.stream = stub_.PrepareCall(&call.context, method, &queue_);
    call.stream->StartCall(nullptr);
    return call;
  }
  void Write(const std::string& message) {
    const grpc::Slice slice(message);
    calls_.back()->stream->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
  }

  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Call>> calls_;
};

class GrpcServerCallsTest : public GrpcServerTest {
 protected:
  void SetPolicyOfOneKey() {
    cluster_.SetPolicy(policy::TestPolicy()
                           .Key("release", cluster_.signer.key().PublicPem())
                           .Rule("registry.example.org/*", {"release"}));
  }

  bool AwaitSlow(size_t running) {
    return base::Eventually([&] { return server_->CountSlowCalls().running == running; });
  }

  // On which threads a denial of the image is logged, which is where its call is answered.
  std::set<pid_t> ThreadsOf(const std::string& image, int calls) {
    std::set<pid_t> threads;
    const base::ScopedLogSink sink([&threads](std::string_view) { threads.insert(gettid()); });
    for (int i = 0; i < calls; ++i) {
      v1::VerifyImagesResponse response;
      EXPECT_TRUE(Ask(RequestFor(image), &response).ok());
    }
    return threads;
  }

  const oci::Repository repository_ = {"registry.example.org", "app"};
};

TEST_F(GrpcServerCallsTest, WhatNeedsNoLookIsAnsweredWhereItComes) {
  Start({.call_threads = 1});
  SetPolicyOfOneKey();
  // One that no pattern matches.
  const std::set<pid_t> at_once = ThreadsOf("elsewhere.example.org/app:1", 20);
  EXPECT_EQ(at_once.size(), 1u);
  // One that is not there.
  const std::set<pid_t> slow = ThreadsOf(kImage, 1);
  ASSERT_EQ(slow.size(), 1u);
  EXPECT_NE(*slow.begin(), *at_once.begin());
}

TEST_F(GrpcServerCallsTest, WhatIsRememberedIsAnsweredWhereItComesAsOftenAsAsked) {
  Start({.call_threads = 1});
  SetPolicyOfOneKey();
  const oci::Digest digest = cluster_.PushImage(kImage);
  cluster_.Sign(kImage, digest, {&cluster_.signer});
  v1::VerifyImagesResponse response;
  const std::string image = absl::StrCat("registry.example.org/app@", digest.ToString());
  ASSERT_TRUE(Ask(RequestFor(image), &response).ok());
  ASSERT_EQ(response.verdicts(0).reason(), v1::REASON_VERIFIED);
  // The one thread that calls come to is not held up by those that wait.
  cluster_.registry.Hold(repository_);
  ManyCalls waiting(server_->port());
  for (int i = 0; i < 5; ++i) waiting.Ask(kVerify, RequestFor(kImage).SerializeAsString());
  ASSERT_TRUE(AwaitSlow(5));
  const auto units = cluster_.judge.counts().units;
  for (int i = 0; i < 50; ++i) {
    response.Clear();
    ASSERT_TRUE(Ask(RequestFor(image), &response).ok());
    EXPECT_EQ(response.verdicts(0).reason(), v1::REASON_VERIFIED);
    EXPECT_EQ(response.verdicts(0).digest(), digest.ToString());
  }
  EXPECT_EQ(cluster_.judge.counts().units, units);
  EXPECT_EQ(server_->CountSlowCalls().running, 5u);
  cluster_.registry.LetGo(repository_);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(waiting.AwaitOne(), grpc::StatusCode::OK);
  EXPECT_TRUE(AwaitSlow(0));
}

TEST_F(GrpcServerCallsTest, AnEditOfThePolicyHoldsForTheNextCall) {
  Start();
  SetPolicyOfOneKey();
  const oci::Digest digest = cluster_.PushImage(kImage);
  cluster_.Sign(kImage, digest, {&cluster_.signer});
  const std::string image = absl::StrCat("registry.example.org/app@", digest.ToString());
  const auto reason = [&] {
    v1::VerifyImagesResponse response;
    EXPECT_TRUE(Ask(RequestFor(image), &response).ok());
    return response.verdicts(0).reason();
  };
  EXPECT_EQ(reason(), v1::REASON_VERIFIED);
  EXPECT_EQ(reason(), v1::REASON_VERIFIED);
  cluster_.SetPolicy(policy::TestPolicy()
                         .Key("other", cluster_.other_signer.key().PublicPem())
                         .Rule("registry.example.org/*", {"other"}));
  EXPECT_NE(reason(), v1::REASON_VERIFIED);
  SetPolicyOfOneKey();
  EXPECT_EQ(reason(), v1::REASON_VERIFIED);
}

TEST_F(GrpcServerCallsTest, AClientThatSendsNothingHoldsNoThread) {
  Start({.read_timeout = absl::Hours(1)});
  cluster_.policies.Set(policy::Policies::None());
  ManyCalls silent(server_->port());
  for (int i = 0; i < 8; ++i) silent.BeginSilent();
  v1::VerifyImagesResponse response;
  EXPECT_TRUE(Ask(RequestFor("nginx"), &response).ok());
  EXPECT_EQ(server_->CountSlowCalls().running, 0u);
  EXPECT_EQ(server_->CountSlowCalls().waiting, 0u);
}

TEST_F(GrpcServerCallsTest, AClientThatReadsNothingHoldsNoThread) {
  Start({.write_timeout = absl::Hours(1)});
  cluster_.policies.Set(policy::Policies::None());
  grpc::ChannelArguments small_window;
  small_window.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 5);
  small_window.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  ManyCalls unread(server_->port(), small_window);
  for (int i = 0; i < 20; ++i) unread.BeginUnread(RequestFor("nginx").SerializeAsString());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(unread.AwaitOne(), grpc::StatusCode::OK);
  EXPECT_EQ(server_->CountSlowCalls().running, 0u);
  v1::VerifyImagesResponse response;
  EXPECT_TRUE(Ask(RequestFor("nginx"), &response).ok());
}

TEST_F(GrpcServerCallsTest, TwoHundredAtOnceAboutANewImageAreAllAnsweredByOneLook) {
  constexpr int kCalls = 200;
  Start();
  SetPolicyOfOneKey();
  cluster_.Sign(kImage, cluster_.PushImage(kImage), {&cluster_.signer});
  cluster_.registry.Hold(repository_);
  ManyCalls calls(server_->port());
  for (int i = 0; i < kCalls; ++i) calls.Ask(kVerify, RequestFor(kImage).SerializeAsString());
  EXPECT_TRUE(AwaitSlow(kCalls));
  EXPECT_EQ(cluster_.registry.CountHeld(repository_), 1u);
  cluster_.registry.LetGo(repository_);
  for (int i = 0; i < kCalls; ++i) EXPECT_EQ(calls.AwaitOne(), grpc::StatusCode::OK);
}

TEST_F(GrpcServerCallsTest, AMethodThatNobodyKnowsIsUnimplemented) {
  Start();
  cluster_.policies.Set(policy::Policies::None());
  ManyCalls calls(server_->port());
  for (const std::string method :
       {"/countersign.v1.Verifier/VerifyNothing", "/other.Service/VerifyImages", "/x"}) {
    calls.Ask(method, RequestFor("nginx").SerializeAsString());
    EXPECT_EQ(calls.AwaitOne(), grpc::StatusCode::UNIMPLEMENTED) << method;
  }
  v1::VerifyImagesResponse response;
  EXPECT_TRUE(Ask(RequestFor("nginx"), &response).ok());
}

TEST_F(GrpcServerCallsTest, WhatThrowsEndsItsCallAndNoOther) {
  Start(
      {.review_settings = []() -> policy::ReviewSettings { throw std::runtime_error("a fault"); }});
  cluster_.policies.Set(policy::Policies::None());
  ManyCalls calls(server_->port());
  calls.Ask("/countersign.v1.Verifier/ValidatePolicy",
            v1::ValidatePolicyRequest().SerializeAsString());
  EXPECT_EQ(calls.AwaitOne(), grpc::StatusCode::INTERNAL);
  v1::VerifyImagesResponse response;
  EXPECT_TRUE(Ask(RequestFor("nginx"), &response).ok());
}

TEST_F(GrpcServerCallsTest, EndsCallsInWhicheverStateTheyAre) {
  Start({.read_timeout = absl::Hours(1), .write_timeout = absl::Hours(1)});
  SetPolicyOfOneKey();
  ManyCalls silent(server_->port());
  for (int i = 0; i < 8; ++i) silent.BeginSilent();
  grpc::ChannelArguments small_window;
  small_window.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 5);
  small_window.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  ManyCalls unread(server_->port(), small_window);
  unread.BeginUnread(RequestFor("elsewhere.example.org/app:1").SerializeAsString());
  EXPECT_EQ(unread.AwaitOne(), grpc::StatusCode::OK);
  cluster_.registry.Hold(repository_);
  ManyCalls looking(server_->port());
  for (int i = 0; i < 3; ++i) looking.Ask(kVerify, RequestFor(kImage).SerializeAsString());
  ASSERT_TRUE(AwaitSlow(3));
  server_->Drain(base::In(absl::Milliseconds(100)));
  for (int i = 0; i < 8; ++i) EXPECT_NE(silent.AwaitOne(), grpc::StatusCode::OK);
  for (int i = 0; i < 3; ++i) EXPECT_NE(looking.AwaitOne(), grpc::StatusCode::OK);
  // What is being looked at is waited for.
  cluster_.registry.LetGo(repository_);
  server_ = nullptr;
}

TEST_F(GrpcServerCallsTest, GoesWithNoCallAtAll) {
  Start();
  server_ = nullptr;
}

// A message of health.proto, by which Watch, which the project does not ask, can be asked.
std::string HealthOf(const std::string& service) {
  return service.empty()
             ? ""
             : absl::StrCat("\n", std::string(1, static_cast<char>(service.size())), service);
}

class HealthWatch {
 public:
  HealthWatch(int port, const std::string& service)
      : stub_(grpc::CreateChannel(absl::StrCat("127.0.0.1:", port),
                                  grpc::InsecureChannelCredentials())) {
    context_.set_deadline(absl::ToChronoTime(base::Soon()));
    context_.set_initial_metadata_corked(true);
    call_ = stub_.PrepareCall(&context_, "/grpc.health.v1.Health/Watch", &queue_);
    call_->StartCall(nullptr);
    const grpc::Slice slice(HealthOf(service));
    call_->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
  }
  ~HealthWatch() {
    context_.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  HealthWatch(const HealthWatch&) = delete;
  HealthWatch& operator=(const HealthWatch&) = delete;

  // The next status that it is told; -1: none any more.
  int Next() {
    grpc::ByteBuffer message;
    call_->Read(&message, &message);
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok) && tag != &message) {
    }
    grpc::Slice slice;
    if (!ok || !message.TrySingleSlice(&slice).ok() || slice.size() != 2) return -1;
    return slice.begin()[1];
  }

 private:
  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

TEST_F(GrpcServerCallsTest, WhoWatchesHealthIsToldOfEachChange) {
  constexpr int kServing = 1;
  constexpr int kNotServing = 2;
  constexpr int kServiceUnknown = 3;
  Start();
  HealthWatch all(server_->port(), "");
  HealthWatch service(server_->port(), "countersign.v1.Verifier");
  HealthWatch unknown(server_->port(), "other.Service");
  EXPECT_EQ(all.Next(), kNotServing);
  EXPECT_EQ(service.Next(), kNotServing);
  EXPECT_EQ(unknown.Next(), kServiceUnknown);
  server_->SetServing(true);
  EXPECT_EQ(all.Next(), kServing);
  EXPECT_EQ(service.Next(), kServing);
  server_->SetServing(true);
  server_->SetServing(false);
  EXPECT_EQ(all.Next(), kNotServing);
  server_ = nullptr;
  EXPECT_EQ(service.Next(), kNotServing);
  EXPECT_EQ(service.Next(), -1);
}

TEST_F(GrpcServerCallsTest, HealthOfAServiceThatIsNotThereIsNotFound) {
  Start();
  ManyCalls calls(server_->port());
  for (const auto& [message, code] : std::vector<std::pair<std::string, grpc::StatusCode>>{
           {HealthOf(""), grpc::StatusCode::OK},
           {HealthOf("countersign.v1.Verifier"), grpc::StatusCode::OK},
           {HealthOf("other.Service"), grpc::StatusCode::NOT_FOUND},
           {"\xff\xff", grpc::StatusCode::INVALID_ARGUMENT},
           {HealthOf(std::string(100, 'x')) + std::string(2000, 'y'),
            grpc::StatusCode::INVALID_ARGUMENT}}) {
    calls.Ask("/grpc.health.v1.Health/Check", message);
    EXPECT_EQ(calls.AwaitOne(), code);
  }
}

TEST_F(GrpcServerCallsTest, WhoWatchesTheHealthOfNothingIsToldSoAndNoMore) {
  Start();
  ManyCalls calls(server_->port());
  for (int i = 0; i < 20; ++i) {
    calls.Ask("/grpc.health.v1.Health/Watch", "\xff\xff");
    EXPECT_EQ(calls.AwaitOne(), grpc::StatusCode::INVALID_ARGUMENT);
  }
  server_->SetServing(true);
}

}  // namespace
}  // namespace countersign::verifier
