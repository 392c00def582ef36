#include "shim/grpc_verifier_client.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "http/test_authority.h"

namespace countersign::shim {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::StatusIs;
using testing::HasSubstr;

using HealthCheckResponse = grpc::health::v1::HealthCheckResponse;

// Answers every question as it is told to.
class Service final : public v1::Verifier::Service, public grpc::health::v1::Health::Service {
 public:
  grpc::Status VerifyImages(grpc::ServerContext* context, const v1::VerifyImagesRequest* request,
                            v1::VerifyImagesResponse* response) override {
    ++calls;
    if (hangs) {
      EXPECT_TRUE(base::Eventually([context] { return context->IsCancelled(); }));
    }
    if (meanwhile != nullptr) meanwhile();
    if (answer.ok()) *response->add_warnings() = absl::StrCat(name, request->images_size());
    if (answer.ok() && response_bytes > 0) {
      response->add_verdicts()->set_message(std::string(response_bytes, 'm'));
    }
    return answer;
  }

  grpc::Status ValidatePolicy(grpc::ServerContext*, const v1::ValidatePolicyRequest* request,
                              v1::ValidatePolicyResponse* response) override {
    ++calls;
    response->add_problems()->set_message(absl::StrCat(name, request->policy_json().size()));
    return answer;
  }

  grpc::Status Check(grpc::ServerContext*, const grpc::health::v1::HealthCheckRequest* request,
                     HealthCheckResponse* response) override {
    asked_service = request->service();
    response->set_status(health);
    return grpc::Status::OK;
  }

  std::string name;
  grpc::Status answer;
  bool hangs = false;               // until the call is over for the client
  std::function<void()> meanwhile;  // while a question is answered
  size_t response_bytes = 0;
  HealthCheckResponse::ServingStatus health = HealthCheckResponse::SERVING;
  std::string asked_service;
  std::atomic<int> calls = 0;
};

// A verifier on a loopback port.
class TestServer {
 public:
  explicit TestServer(
      std::string name, int port = 0,
      std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials()) {
    service.name = std::move(name);
    grpc::ServerBuilder builder;
    builder.AddListeningPort(absl::StrCat("127.0.0.1:", port), std::move(credentials), &port_);
    builder.RegisterService(static_cast<v1::Verifier::Service*>(&service));
    builder.RegisterService(static_cast<grpc::health::v1::Health::Service*>(&service));
    server_ = builder.BuildAndStart();
    EXPECT_NE(server_, nullptr);
  }
  ~TestServer() { server_->Shutdown(absl::ToChronoTime(base::In(absl::ZeroDuration()))); }

  int port() const { return port_; }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

  Service service;

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

std::unique_ptr<GrpcVerifierClient> ClientOf(std::string target) {
  absl::StatusOr<std::unique_ptr<GrpcVerifierClient>> client =
      GrpcVerifierClient::Create({.target = std::move(target)});
  EXPECT_THAT(client, IsOk());
  return *std::move(client);
}

// Who answered, or why nobody did.
absl::StatusOr<std::string> Ask(GrpcVerifierClient& client, absl::Time deadline = base::Soon()) {
  v1::VerifyImagesRequest request;
  request.add_images()->set_reference("nginx");
  absl::StatusOr<v1::VerifyImagesResponse> response = client.VerifyImages(request, deadline).answer;
  if (!response.ok()) return response.status();
  return response->warnings(0);
}

// Returns once the client is connected to each of the servers.
void Connect(GrpcVerifierClient& client, std::initializer_list<TestServer*> servers) {
  for (TestServer* server : servers) {
    EXPECT_TRUE(base::Eventually([&] {
      EXPECT_THAT(Ask(client), IsOk());
      return server->service.calls > 0;
    }));
  }
}

TEST(GrpcVerifierClient, AsksAndGetsTheAnswer) {
  TestServer server("a");
  const auto client = ClientOf(server.address());
  EXPECT_THAT(Ask(*client), base::IsOkAndHolds("a1"));
}

// As large as a policy may be, and asked again elsewhere.
TEST(GrpcVerifierClient, AsksAboutAPolicyToo) {
  TestServer a("a"), b("b");
  const auto client = ClientOf(absl::StrCat("ipv4:", a.address(), ",", b.address()));
  Connect(*client, {&a, &b});
  a.service.answer = grpc::Status(grpc::StatusCode::UNAVAILABLE, "not now");
  v1::ValidatePolicyRequest request;
  request.set_policy_json(std::string(2 << 20, ' '));
  for (int i = 0; i < 4; ++i) {
    const auto response = client->ValidatePolicy(request, base::Soon());
    ASSERT_THAT(response, IsOk());
    EXPECT_EQ(response->problems(0).message(), "b2097152");
  }
  b.service.answer = grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "not listed");
  EXPECT_THAT(client->ValidatePolicy(request, base::Soon()),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("not listed")));
}

TEST(GrpcVerifierClient, CallsGoRound) {
  TestServer a("a"), b("b");
  const auto client = ClientOf(absl::StrCat("ipv4:", a.address(), ",", b.address()));
  Connect(*client, {&a, &b});
  for (int i = 0; i < 40; ++i) EXPECT_THAT(Ask(*client), IsOk());
  EXPECT_GT(a.service.calls, 10);
  EXPECT_GT(b.service.calls, 10);
}

TEST(GrpcVerifierClient, OneThatRefusesIsReplacedByAnother) {
  for (const grpc::StatusCode code :
       {grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::RESOURCE_EXHAUSTED,
        grpc::StatusCode::CANCELLED}) {
    TestServer a("a"), b("b");
    const auto client = ClientOf(absl::StrCat("ipv4:", a.address(), ",", b.address()));
    Connect(*client, {&a, &b});
    const int before = a.service.calls;
    a.service.answer = grpc::Status(code, "not now");
    for (int i = 0; i < 20; ++i) EXPECT_THAT(Ask(*client), base::IsOkAndHolds("b1"));
    EXPECT_GT(a.service.calls, before);
  }
}

// Also where the round comes back to the one that refused, because somebody else has asked since.
TEST(GrpcVerifierClient, TheSecondTryGoesToAnotherWhateverTheRoundSays) {
  TestServer a("a"), b("b");
  const auto client = ClientOf(absl::StrCat("ipv4:", a.address(), ",", b.address()));
  Connect(*client, {&a, &b});
  a.service.answer = grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "not now");
  // The next after this call is b, which is asked here; then it is a again.
  a.service.meanwhile = [&] {
    if (a.service.calls > 100) return;  // it would ask itself for ever
    EXPECT_THAT(Ask(*client), IsOkAndHolds("b1"));
  };
  a.service.calls = 0;
  for (int i = 0; i < 10; ++i) EXPECT_THAT(Ask(*client), IsOkAndHolds("b1"));
  EXPECT_GT(a.service.calls, 0);
}

TEST(GrpcVerifierClient, WhereThereIsNoOtherTheSameIsAskedAgain) {
  TestServer server("a");
  server.service.answer = grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "not now");
  const auto client = ClientOf(server.address());
  EXPECT_THAT(Ask(*client), StatusIs(absl::StatusCode::kResourceExhausted, "not now"));
  EXPECT_EQ(server.service.calls, 2);
}

// Whatever was asked at that moment, and however many at once.
TEST(GrpcVerifierClient, OneThatDiesIsReplacedByAnother) {
  auto a = std::make_unique<TestServer>("a");
  TestServer b("b");
  const auto client = ClientOf(absl::StrCat("ipv4:", a->address(), ",", b.address()));
  Connect(*client, {a.get(), &b});
  std::atomic<bool> stop = false;
  std::vector<std::thread> asking;
  for (int i = 0; i < 4; ++i) {
    asking.emplace_back([&] {
      while (!stop) EXPECT_THAT(Ask(*client), IsOk());
    });
  }
  const auto await_many = [](const TestServer& server) {
    const int before = server.service.calls;
    EXPECT_TRUE(base::Eventually([&] { return server.service.calls > before + 100; }));
  };
  await_many(*a);
  a.reset();
  await_many(b);
  stop = true;
  for (std::thread& thread : asking) thread.join();
}

TEST(GrpcVerifierClient, ACallThatIsCutOffIsAskedElsewhere) {
  auto a = std::make_unique<TestServer>("a");
  TestServer b("b");
  a->service.hangs = true;
  const auto client = ClientOf(absl::StrCat("ipv4:", a->address(), ",", b.address()));
  // Until one is asked of a.
  EXPECT_TRUE(base::Eventually([&] {
    std::atomic<bool> is_answered = false;
    std::thread asking([&] {
      EXPECT_THAT(Ask(*client), base::IsOkAndHolds("b1"));
      is_answered = true;
    });
    EXPECT_TRUE(base::Eventually([&] { return is_answered || a->service.calls > 0; }));
    if (a->service.calls > 0) a.reset();
    asking.join();
    return a == nullptr;
  }));
}

TEST(GrpcVerifierClient, WithNobodyThereItSaysSoSoon) {
  int port = 0;
  {
    TestServer server("a");
    port = server.port();
  }
  const auto client = ClientOf(absl::StrCat("127.0.0.1:", port));
  EXPECT_THAT(Ask(*client, absl::InfiniteFuture()), StatusIs(absl::StatusCode::kUnavailable));
}

TEST(GrpcVerifierClient, OneThatComesBackIsWaitedFor) {
  auto server = std::make_unique<TestServer>("a");
  const int port = server->port();
  const auto client = ClientOf(server->address());
  EXPECT_THAT(Ask(*client), IsOk());
  server.reset();
  // So many attempts to connect that the pauses between them are at their longest.
  for (int i = 0; i < 2; ++i) EXPECT_THAT(Ask(*client), StatusIs(absl::StatusCode::kUnavailable));
  server = std::make_unique<TestServer>("b", port);
  EXPECT_THAT(Ask(*client), IsOkAndHolds("b1"));
}

// What was answered late, or by one that is busy, was sent: it is no outage, whatever the code.
TEST(GrpcVerifierClient, TheDeadlineHoldsAndWhatIsLateWasSent) {
  TestServer server("a");
  server.service.hangs = true;
  const auto client = ClientOf(server.address());
  EXPECT_THAT(client->CheckHealth(base::Soon()), IsOk());
  const CallResult<v1::VerifyImagesResponse> result =
      client->VerifyImages(v1::VerifyImagesRequest(), base::In(absl::Milliseconds(200)));
  EXPECT_THAT(result.answer, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_FALSE(result.never_sent);
}

TEST(GrpcVerifierClient, WhatIsTurnedAwayWasSentAndIsSentTwiceAtMost) {
  for (const grpc::StatusCode code :
       {grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::RESOURCE_EXHAUSTED,
        grpc::StatusCode::CANCELLED}) {
    TestServer a("a"), b("b"), c("c");
    for (TestServer* server : {&a, &b, &c}) server->service.answer = grpc::Status(code, "not now");
    const auto client =
        ClientOf(absl::StrCat("ipv4:", a.address(), ",", b.address(), ",", c.address()));
    const CallResult<v1::VerifyImagesResponse> result =
        client->VerifyImages(v1::VerifyImagesRequest(), base::Soon());
    EXPECT_THAT(result.answer, StatusIs(static_cast<absl::StatusCode>(code), "not now"));
    EXPECT_FALSE(result.never_sent);
    EXPECT_EQ(a.service.calls + b.service.calls + c.service.calls, 2);
  }
}

TEST(GrpcVerifierClient, ErrorsKeepTheirCodeAndWords) {
  TestServer server("a");
  server.service.answer = grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "images: too many");
  const auto client = ClientOf(server.address());
  EXPECT_THAT(Ask(*client), StatusIs(absl::StatusCode::kInvalidArgument, "images: too many"));
  EXPECT_EQ(server.service.calls, 1);
}

TEST(GrpcVerifierClient, AnAnswerIsTakenWhateverItsSize) {
  // ResourceExhausted may count as "no verifier answered", so nobody may be able to bring it about
  // by long names.
  TestServer server("a");
  server.service.response_bytes = 12 << 20;
  const auto client = ClientOf(server.address());
  EXPECT_THAT(Ask(*client), IsOk());
}

TEST(GrpcVerifierClient, ALargeQuestionIsTriedAgainToo) {
  TestServer a("a"), b("b");
  const auto client = ClientOf(absl::StrCat("ipv4:", a.address(), ",", b.address()));
  Connect(*client, {&a, &b});
  a.service.answer = grpc::Status(grpc::StatusCode::UNAVAILABLE, "not now");
  v1::VerifyImagesRequest request;
  for (int i = 0; i < 250; ++i) request.add_images()->set_reference(std::string(4000, 'r'));
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(client->VerifyImages(request, base::Soon()).answer, IsOk());
  }
  EXPECT_GT(a.service.calls, 0);
}

TEST(GrpcVerifierClient, HealthIsTheVerifiersOwn) {
  TestServer server("a");
  const auto client = ClientOf(server.address());
  EXPECT_THAT(client->CheckHealth(base::Soon()), IsOk());
  EXPECT_EQ(server.service.asked_service, "countersign.v1.Verifier");
  server.service.health = HealthCheckResponse::NOT_SERVING;
  EXPECT_THAT(client->CheckHealth(base::Soon()), StatusIs(absl::StatusCode::kUnavailable));
  server.service.health = HealthCheckResponse::UNKNOWN;
  EXPECT_THAT(client->CheckHealth(base::Soon()), StatusIs(absl::StatusCode::kUnavailable));
}

TEST(GrpcVerifierClient, SaysWhichOptionIsWrong) {
  const std::pair<GrpcVerifierClient::Options, std::string> cases[] = {
      {{}, "the verifier's address is missing"},
      {{.target = "a:1", .ca_file = "/nowhere"}, "the verifier's CA: /nowhere cannot be read"},
      {{.target = "a:1", .cert_file = "/nowhere"}, "needed together"},
      {{.target = "a:1", .key_file = "/nowhere"}, "needed together"},
      {{.target = "a:1", .cert_file = "/nowhere", .key_file = "/nowhere"},
       "the client's certificate: /nowhere cannot be read"},
      {{.target = "a:1", .server_name = "verifier", .insecure_plaintext = true}, "plaintext"},
      {{.target = "a:1", .ca_file = "/dev/null", .insecure_plaintext = true}, "plaintext"},
  };
  for (const auto& [options, reason] : cases) {
    EXPECT_THAT(GrpcVerifierClient::Create(options),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(reason)));
  }
}

class Tls : public testing::Test {
 protected:
  std::shared_ptr<grpc::ServerCredentials> ServerCredentials(const http::TestAuthority& clients) {
    grpc::SslServerCredentialsOptions options(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = clients.CaPem();
    const auto pair = authority_.Issue("DNS:verifier.test,IP:127.0.0.1");
    options.pem_key_cert_pairs.push_back({Read(pair.key_file), Read(pair.cert_file)});
    return grpc::SslServerCredentials(options);
  }

  static std::string Read(const std::string& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  http::TestAuthority authority_;
  http::TestAuthority other_authority_;
};

TEST_F(Tls, BothSidesShowCertificates) {
  TestServer server("a", 0, ServerCredentials(authority_));
  const auto pair = authority_.Issue();
  const GrpcVerifierClient::Options good = {.target = server.address(),
                                            .ca_file = authority_.ca_file(),
                                            .cert_file = pair.cert_file,
                                            .key_file = pair.key_file};
  EXPECT_THAT(Ask(**GrpcVerifierClient::Create(good)), base::IsOkAndHolds("a1"));

  GrpcVerifierClient::Options named = good;
  named.server_name = "verifier.test";
  EXPECT_THAT(Ask(**GrpcVerifierClient::Create(named)), base::IsOkAndHolds("a1"));

  GrpcVerifierClient::Options misnamed = good;
  misnamed.server_name = "other.test";
  EXPECT_THAT(Ask(**GrpcVerifierClient::Create(misnamed)),
              StatusIs(absl::StatusCode::kUnavailable));

  GrpcVerifierClient::Options distrusting = good;
  distrusting.ca_file = other_authority_.ca_file();
  EXPECT_THAT(Ask(**GrpcVerifierClient::Create(distrusting)),
              StatusIs(absl::StatusCode::kUnavailable));

  GrpcVerifierClient::Options unknown = good;
  const auto others = other_authority_.Issue();
  unknown.cert_file = others.cert_file;
  unknown.key_file = others.key_file;
  EXPECT_THAT(Ask(**GrpcVerifierClient::Create(unknown)), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(Tls, WithoutAFileNobodyButLoopbackIsSpokenToInTheClear) {
  // Any address of this machine that is not loopback by name will do: nothing may be sent there but
  // TLS.
  TestServer server("a");
  const std::string target = absl::StrCat("dns:///ip6-loopback-or-whatever:", server.port());
  EXPECT_THAT(Ask(*ClientOf(target)), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(server.service.calls, 0);
}

TEST_F(Tls, NewCertificatesAreTaken) {
  TestServer server("a", 0, ServerCredentials(other_authority_));
  const auto refused = authority_.Issue();
  const auto client = *GrpcVerifierClient::Create({.target = server.address(),
                                                   .ca_file = authority_.ca_file(),
                                                   .cert_file = refused.cert_file,
                                                   .key_file = refused.key_file});
  EXPECT_THAT(Ask(*client), StatusIs(absl::StatusCode::kUnavailable));
  const auto accepted = other_authority_.Issue();
  std::filesystem::rename(accepted.key_file, refused.key_file);
  std::filesystem::rename(accepted.cert_file, refused.cert_file);
  EXPECT_TRUE(base::Eventually([&] { return Ask(*client).ok(); }));
}

// As the kubelet writes a mounted Secret: the files are links into a directory that is itself
// behind a link, and that link is what is replaced.
class MountedSecret {
 public:
  explicit MountedSecret(std::filesystem::path directory) : directory_(std::move(directory)) {
    std::filesystem::create_directories(directory_);
    for (const char* file : {"tls.crt", "tls.key", "ca.crt"}) {
      std::filesystem::create_symlink(std::filesystem::path("..data") / file, directory_ / file);
    }
  }

  void Write(const http::TestAuthority::KeyPair& pair, const http::TestAuthority& trusted) {
    const std::string name = absl::StrCat("..", ++version_);
    std::filesystem::create_directory(directory_ / name);
    std::filesystem::copy_file(pair.cert_file, directory_ / name / "tls.crt");
    std::filesystem::copy_file(pair.key_file, directory_ / name / "tls.key");
    std::filesystem::copy_file(trusted.ca_file(), directory_ / name / "ca.crt");
    std::filesystem::create_directory_symlink(name, directory_ / "..tmp");
    std::filesystem::rename(directory_ / "..tmp", directory_ / "..data");
    if (version_ > 1) std::filesystem::remove_all(directory_ / absl::StrCat("..", version_ - 1));
  }

  std::string File(const char* name) const { return directory_ / name; }

 private:
  const std::filesystem::path directory_;
  int version_ = 0;
};

TEST_F(Tls, ASwappedSecretHoldsForNewConnectionsAndOldOnesGoOn) {
  MountedSecret secret(authority_.directory() + "/mount");
  secret.Write(authority_.Issue(), authority_);
  TestServer a("a", 0, ServerCredentials(authority_));
  auto b = std::make_unique<TestServer>("b", 0, ServerCredentials(authority_));
  const int port = b->port();
  const auto client =
      *GrpcVerifierClient::Create({.target = absl::StrCat("ipv4:", a.address(), ",", b->address()),
                                   .ca_file = secret.File("ca.crt"),
                                   .cert_file = secret.File("tls.crt"),
                                   .key_file = secret.File("tls.key"),
                                   .server_name = "verifier.test"});
  Connect(*client, {&a, b.get()});

  // b comes back with certificates of another authority, which a would refuse.
  secret.Write(other_authority_.Issue(), other_authority_);
  b.reset();
  const auto pair = other_authority_.Issue("DNS:verifier.test");
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = other_authority_.CaPem();
  options.pem_key_cert_pairs.push_back({Read(pair.key_file), Read(pair.cert_file)});
  b = std::make_unique<TestServer>("b", port, grpc::SslServerCredentials(options));
  EXPECT_TRUE(base::Eventually([&] {
    EXPECT_THAT(Ask(*client), IsOk());
    return b->service.calls > 0;
  }));
  const int before = a.service.calls;
  for (int i = 0; i < 10; ++i) EXPECT_THAT(Ask(*client), IsOk());
  EXPECT_GT(a.service.calls, before);
}

}  // namespace
}  // namespace countersign::shim
