// Who may ask for what, over mutual TLS.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "base/file.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "base/test_threads.h"
#include "gmock/gmock.h"
#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "gtest/gtest.h"
#include "http/test_authority.h"
#include "proto/grpc/health/v1/health.grpc.pb.h"
#include "verifier/serving/grpc_server.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kImage[] = "registry.example.org/shop/app:1";

// A verifier with mutual TLS, and an image that only the pull secrets of namespace shop, of the
// policy's pattern and of the deployment can see.
class GrpcServerClientsTest : public testing::Test {
 protected:
  // gRPC's threads outlive its objects (base/test_threads.h).
  static void TearDownTestSuite() {
    EXPECT_TRUE(base::Eventually([] { return base::CountThreads() == 1; }));
  }

  GrpcServerClientsTest() {
    const oci::Repository repository = oci::ImageReference::Parse(kImage)->repository();
    cluster_.registry.RequireCredential(repository, {{.username = "shop", .password = "p"},
                                                     {.username = "policy", .password = "p"}});
    cluster_.Sign(kImage, cluster_.PushImage(kImage), {&cluster_.signer});
    PutSecret("shop", "regcred", "shop");
    PutSecret("policies", "regcred", "policy");
    SetPolicy(std::nullopt);
  }

  void PutSecret(const std::string& secret_namespace, const std::string& name,
                 const std::string& username) {
    cluster_.secrets.PutSecret(secret_namespace, name,
                               TestPullSecret("registry.example.org", username, "p"));
  }

  void SetPolicy(const std::optional<policy::SecretReference>& secret) {
    cluster_.SetPolicy(policy::TestPolicy()
                           .Key("release", cluster_.signer.key().PublicPem())
                           .Rule("registry.example.org/*", {"release"}, secret)
                           .ExcludeNamespace("build"));
  }

  void Start(std::vector<std::string> rules, const CallGate::Limits& limits = {}) {
    const http::TestAuthority::KeyPair pair = authority_.Issue();
    auto server = GrpcServer::Start({.listen = "127.0.0.1:0",
                                     .tls = {.cert_file = pair.cert_file,
                                             .key_file = pair.key_file,
                                             .client_ca_file = authority_.ca_file()},
                                     .limits = limits,
                                     .read_timeout = absl::Hours(1),
                                     .connections = {.clock = &cluster_.clock},
                                     .allowed_clients = std::move(rules)},
                                    &cluster_.verifier);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  // A channel of a client with a certificate of `names`, by `issuer`.
  std::shared_ptr<grpc::Channel> Connect(const std::string& names, http::TestAuthority& issuer) {
    const http::TestAuthority::KeyPair pair = issuer.Issue(names);
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = authority_.CaPem();
    options.pem_cert_chain = *base::LoadFile(pair.cert_file);
    options.pem_private_key = *base::LoadFile(pair.key_file);
    // By address: nothing is looked up.
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("localhost");
    return grpc::CreateCustomChannel(absl::StrCat("ipv4:127.0.0.1:", server_->port()),
                                     grpc::SslCredentials(options), arguments);
  }

  struct Answer {
    grpc::Status status;
    v1::Verdict verdict;
  };

  Answer Ask(const std::string& names, const std::string& workload_namespace,
             const std::string& image = kImage) {
    const auto stub = v1::Verifier::NewStub(Connect(names, authority_));
    v1::VerifyImagesRequest request;
    request.add_images()->set_reference(image);
    request.set_namespace_(workload_namespace);
    request.add_image_pull_secrets("regcred");
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(base::Soon()));
    v1::VerifyImagesResponse response;
    Answer answer;
    answer.status = stub->VerifyImages(&context, request, &response);
    if (response.verdicts_size() > 0) answer.verdict = response.verdicts(0);
    return answer;
  }

  http::TestAuthority authority_;
  TestCluster cluster_;
  std::unique_ptr<GrpcServer> server_;
};

TEST_F(GrpcServerClientsTest, WithoutRulesEveryClientWithACertificateMayAskForEverything) {
  Start({});
  const Answer answer = Ask("DNS:anybody.example.org", "shop");
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(answer.verdict.reason(), v1::REASON_VERIFIED);
}

TEST_F(GrpcServerClientsTest, AClientOfAnotherAuthorityIsNotServed) {
  Start({"dns:ci.example.org=*"});
  http::TestAuthority other;
  const auto stub = v1::Verifier::NewStub(Connect("DNS:ci.example.org", other));
  v1::VerifyImagesRequest request;
  request.add_images()->set_reference(kImage);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(base::Soon()));
  v1::VerifyImagesResponse response;
  EXPECT_EQ(stub->VerifyImages(&context, request, &response).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(GrpcServerClientsTest, WhoIsNotListedIsRefusedAndToldItsNames) {
  Start({"dns:ci.example.org=*", "uri:spiffe://example.org/ci=*"});
  for (const std::string names :
       {"DNS:other.example.org", "URI:spiffe://example.org/other", "email:ci.example.org",
        // The certificate's common name is "test".
        "IP:127.0.0.1"}) {
    const Answer answer = Ask(names, "shop");
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << names;
    EXPECT_THAT(answer.status.error_message(), HasSubstr("is not listed")) << names;
  }
  EXPECT_THAT(Ask("DNS:other.example.org", "").status.error_message(),
              HasSubstr("dns:other.example.org"));
}

TEST_F(GrpcServerClientsTest, WhoIsRefusedCannotFillTheLog) {
  Start({"dns:ci.example.org=*"});
  std::vector<std::string> lines;
  const base::ScopedLogSink sink([&lines](std::string_view line) {
    if (line.find("Refused clients") != std::string_view::npos) lines.emplace_back(line);
  });
  for (int i = 0; i < 5; ++i) Ask("DNS:other.example.org", "shop");
  cluster_.clock.Advance(absl::Minutes(1));
  Ask("DNS:other.example.org", "shop");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[0], AllOf(HasSubstr("dns:other.example.org"), HasSubstr("is not listed")));
  EXPECT_THAT(lines[1], HasSubstr("\"not_listed\":\"5\""));
}

TEST_F(GrpcServerClientsTest, ACommonNameIsNoIdentity) {
  Start({"dns:test=*"});
  EXPECT_EQ(Ask("DNS:other", "").status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(Ask("DNS:test", "").status.ok());
}

TEST_F(GrpcServerClientsTest, AListedNamespacesPullSecretsAreUsed) {
  Start({"dns:ci.example.org=shop", "uri:spiffe://example.org/ns/*/ci=shop"});
  EXPECT_EQ(Ask("DNS:ci.example.org", "shop").verdict.reason(), v1::REASON_VERIFIED);
  EXPECT_EQ(Ask("DNS:x.example.org,URI:spiffe://example.org/ns/a/ci", "shop").verdict.reason(),
            v1::REASON_VERIFIED);
}

TEST_F(GrpcServerClientsTest, SomebodyElsesNamespaceIsRefusedByName) {
  Start({"dns:shim.example.org=*", "dns:ci.example.org=staging", "dns:scan.example.org=shared",
         "dns:anon.example.org=none"});
  // Even when what it would see is remembered.
  const Answer known = Ask("DNS:shim.example.org", "shop");
  ASSERT_EQ(known.verdict.reason(), v1::REASON_VERIFIED);
  const size_t calls = cluster_.registry.Calls().size();
  for (const std::string client : {"ci", "scan", "anon"}) {
    const Answer answer = Ask("DNS:" + client + ".example.org", "shop",
                              "registry.example.org/shop/app@" + known.verdict.digest());
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << client;
    EXPECT_THAT(answer.status.error_message(),
                AllOf(HasSubstr("\"shop\""), Not(HasSubstr("regcred"))))
        << client;
  }
  EXPECT_EQ(cluster_.registry.Calls().size(), calls);
}

TEST_F(GrpcServerClientsTest, WhatIsRememberedForOthersIsNotSeenWithoutTheirCredentials) {
  Start({"dns:shim.example.org=*", "dns:ci.example.org=staging", "dns:anon.example.org=none"});
  const Answer known = Ask("DNS:shim.example.org", "shop");
  ASSERT_EQ(known.verdict.reason(), v1::REASON_VERIFIED);
  const std::string by_digest = "registry.example.org/shop/app@" + known.verdict.digest();
  ASSERT_EQ(Ask("DNS:shim.example.org", "shop", by_digest).verdict.reason(), v1::REASON_VERIFIED);
  EXPECT_EQ(Ask("DNS:ci.example.org", "staging", by_digest).verdict.decision(), v1::DECISION_DENY);
  EXPECT_EQ(Ask("DNS:ci.example.org", "", by_digest).verdict.decision(), v1::DECISION_DENY);
  EXPECT_EQ(Ask("DNS:anon.example.org", "", by_digest).verdict.decision(), v1::DECISION_DENY);
}

TEST_F(GrpcServerClientsTest, ThePolicysSecretIsOnlyForThoseWithARightToIt) {
  SetPolicy(policy::SecretReference{"policies", "regcred"});
  Start({"dns:anon.example.org=none", "dns:scan.example.org=shared", "dns:ci.example.org=staging"});
  const Answer anonymous = Ask("DNS:anon.example.org", "");
  ASSERT_TRUE(anonymous.status.ok()) << anonymous.status.error_message();
  EXPECT_EQ(anonymous.verdict.decision(), v1::DECISION_DENY);
  EXPECT_THAT(anonymous.verdict.message(),
              AllOf(HasSubstr("anonymous"), Not(HasSubstr("policies"))));
  EXPECT_THAT(cluster_.registry.Calls(), Each(Not(HasSubstr(" as "))));

  EXPECT_EQ(Ask("DNS:scan.example.org", "").verdict.reason(), v1::REASON_VERIFIED);
  EXPECT_EQ(Ask("DNS:ci.example.org", "staging").verdict.reason(), v1::REASON_VERIFIED);
  EXPECT_THAT(cluster_.registry.Calls(), Contains(HasSubstr(" as policy")));
}

TEST_F(GrpcServerClientsTest, AnExclusionCannotBeBorrowed) {
  Start({"dns:shim.example.org=*", "dns:ci.example.org=staging", "dns:anon.example.org=none"});
  EXPECT_EQ(Ask("DNS:shim.example.org", "build").verdict.reason(), v1::REASON_EXCLUDED_NAMESPACE);
  for (const std::string client : {"ci", "anon"}) {
    EXPECT_EQ(Ask("DNS:" + client + ".example.org", "build").status.error_code(),
              grpc::StatusCode::PERMISSION_DENIED);
  }
}

TEST_F(GrpcServerClientsTest, APolicyIsValidatedForWhoeverIsListed) {
  Start({"dns:anon.example.org=none"});
  v1::ValidatePolicyRequest request;
  request.set_policy_json("{}");
  for (const auto& [name, code] : std::vector<std::pair<std::string, grpc::StatusCode>>{
           {"DNS:anon.example.org", grpc::StatusCode::OK},
           {"DNS:other.example.org", grpc::StatusCode::PERMISSION_DENIED}}) {
    const auto stub = v1::Verifier::NewStub(Connect(name, authority_));
    grpc::ClientContext context;
    v1::ValidatePolicyResponse response;
    EXPECT_EQ(stub->ValidatePolicy(&context, request, &response).error_code(), code) << name;
    EXPECT_EQ(response.problems_size() > 0, code == grpc::StatusCode::OK);
  }
}

TEST_F(GrpcServerClientsTest, HealthIsOpenToEveryClientWithACertificate) {
  Start({"dns:ci.example.org=*"});
  server_->SetServing(true);
  const auto stub = grpc::health::v1::Health::NewStub(Connect("DNS:probe.example.org", authority_));
  grpc::ClientContext context;
  grpc::health::v1::HealthCheckResponse response;
  ASSERT_TRUE(stub->Check(&context, {}, &response).ok());
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
}

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

TEST_F(GrpcServerClientsTest, RulesNeedMutualTls) {
  EXPECT_THAT(
      GrpcServer::Start({.listen = "127.0.0.1:0", .allowed_clients = {"dns:ci.example.org=*"}},
                        &cluster_.verifier),
      base::StatusIs(absl::StatusCode::kInvalidArgument,
                     HasSubstr("--allowed-client: needs --client-ca")));
}

TEST_F(GrpcServerClientsTest, ARuleThatCannotBeReadIsRefusedAtTheStart) {
  const http::TestAuthority::KeyPair pair = authority_.Issue();
  EXPECT_THAT(GrpcServer::Start({.listen = "127.0.0.1:0",
                                 .tls = {.cert_file = pair.cert_file,
                                         .key_file = pair.key_file,
                                         .client_ca_file = authority_.ca_file()},
                                 .allowed_clients = {"ci.example.org"}},
                                &cluster_.verifier),
              base::StatusIs(absl::StatusCode::kInvalidArgument,
                             HasSubstr("--allowed-client ci.example.org: ")));
}

}  // namespace
}  // namespace countersign::verifier
