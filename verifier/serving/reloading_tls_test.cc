#include "verifier/serving/reloading_tls.h"

#include <atomic>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/status_matchers.h"
#include "base/test_threads.h"
#include "gmock/gmock.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "http/test_authority.h"
#include "http/test_mounted_secret.h"
#include "proto/grpc/health/v1/health.grpc.pb.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using http::TestAuthority;
using ::testing::HasSubstr;

std::string Read(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Of all tests, since gRPC does not say when it has done with what reads it.
base::FakeClock& TestClock() {
  static base::FakeClock& clock = *new base::FakeClock;
  return clock;
}

class ReloadingTlsTest : public testing::Test {
 protected:
  // gRPC's threads outlive its objects (base/test_threads.h).
  static void TearDownTestSuite() {
    EXPECT_TRUE(base::Eventually([] { return base::CountThreads() == 1; }));
  }

  ReloadingTlsTest()
      : served_(one_.Issue()), secret_(one_.directory() + "/mount"), client_(one_.Issue()) {
    Serve(served_, one_.CaPem());
  }

  void Serve(const TestAuthority::KeyPair& pair, const std::string& client_ca) {
    secret_.Write(Read(pair.cert_file), Read(pair.key_file), client_ca);
  }

  void Start(bool is_mutual = true,
             std::function<bool(const http::ClientNames& client)> admits_call = nullptr) {
    auto tls = CreateReloadingTls({.cert = secret_.File("tls.crt"),
                                   .key = secret_.File("tls.key"),
                                   .client_ca = is_mutual ? secret_.File("ca.crt") : ""},
                                  std::move(admits_call), &TestClock());
    ASSERT_THAT(tls, IsOk());
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", *tls, &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }

  // A connection of its own.
  std::shared_ptr<grpc::Channel> Connect(const std::string& ca,
                                         const TestAuthority::KeyPair* client) const {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = ca;
    if (client != nullptr) {
      options.pem_cert_chain = Read(client->cert_file);
      options.pem_private_key = Read(client->key_file);
    }
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    // By address: nothing is looked up.
    arguments.SetSslTargetNameOverride("localhost");
    return grpc::CreateCustomChannel(absl::StrCat("ipv4:127.0.0.1:", port_),
                                     grpc::SslCredentials(options), arguments);
  }

  static grpc::StatusCode Ask(grpc::Channel& channel) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(base::Soon()));
    grpc::health::v1::HealthCheckResponse response;
    const auto stub = grpc::health::v1::Health::NewStub(
        std::shared_ptr<grpc::Channel>(std::shared_ptr<void>(), &channel));
    return stub->Check(&context, {}, &response).error_code();
  }

  // Whether the server answers. Its service does nothing: that it says so will do.
  static bool Answers(grpc::Channel& channel) {
    return Ask(channel) == grpc::StatusCode::UNIMPLEMENTED;
  }

  // Whether it does so when the files are looked at again.
  bool AnswersSoon(const std::string& ca, const TestAuthority::KeyPair* client) const {
    TestClock().Advance(absl::Seconds(1));
    return base::Eventually([&] { return Answers(*Connect(ca, client)); });
  }

  TestAuthority one_;
  TestAuthority two_;
  const TestAuthority::KeyPair served_;
  http::TestMountedSecret secret_;
  const TestAuthority::KeyPair client_;
  grpc::health::v1::Health::Service service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

TEST_F(ReloadingTlsTest, ClientsMustShowACertificateOfTheAuthority) {
  Start();
  EXPECT_TRUE(Answers(*Connect(one_.CaPem(), &client_)));
  EXPECT_FALSE(Answers(*Connect(one_.CaPem(), nullptr)));
  const TestAuthority::KeyPair stranger = two_.Issue();
  EXPECT_FALSE(Answers(*Connect(one_.CaPem(), &stranger)));
  EXPECT_FALSE(Answers(*Connect(two_.CaPem(), &client_)));
}

TEST_F(ReloadingTlsTest, WithoutAnAuthorityTheyNeedNot) {
  Start(/*is_mutual=*/false);
  EXPECT_TRUE(Answers(*Connect(one_.CaPem(), nullptr)));
}

TEST_F(ReloadingTlsTest, AnotherAuthorityIsTakenAndConnectionsAreKept) {
  Start();
  const auto kept = Connect(one_.CaPem(), &client_);
  ASSERT_TRUE(Answers(*kept));
  const TestAuthority::KeyPair client = two_.Issue();
  Serve(two_.Issue(), two_.CaPem());
  EXPECT_TRUE(AnswersSoon(two_.CaPem(), &client));
  EXPECT_FALSE(Answers(*Connect(one_.CaPem(), &client_)));
  EXPECT_EQ(kept->GetState(false), GRPC_CHANNEL_READY);
  EXPECT_TRUE(Answers(*kept));
}

TEST_F(ReloadingTlsTest, WhatDoesNotBelongTogetherIsNotTaken) {
  Start();
  const TestAuthority::KeyPair other = two_.Issue();
  const std::string cert = Read(served_.cert_file);
  const std::string key = Read(served_.key_file);
  const std::string ca = one_.CaPem();
  const std::string contents[][3] = {{Read(other.cert_file), key, ca},
                                     {cert, Read(other.key_file), ca},
                                     {"junk", key, ca},
                                     {cert, "", ca},
                                     {cert, key, "junk"},
                                     {cert, key, ""}};
  for (const auto& [new_cert, new_key, new_ca] : contents) {
    secret_.Write(new_cert, new_key, new_ca);
    TestClock().Advance(absl::Seconds(1));
    EXPECT_TRUE(Answers(*Connect(ca, &client_)));
    EXPECT_TRUE(Answers(*Connect(ca, &client_)));
  }
  const TestAuthority::KeyPair client = two_.Issue();
  Serve(other, two_.CaPem());
  EXPECT_TRUE(AnswersSoon(two_.CaPem(), &client));
}

TEST_F(ReloadingTlsTest, EachCallIsAdmittedByTheNamesThatItsClientHasShown) {
  std::atomic<int> calls = 0;
  Start(/*is_mutual=*/true, [&](const http::ClientNames& client) {
    EXPECT_THAT(client.dns, testing::Contains("build.example.org"));
    return ++calls != 2;
  });
  const TestAuthority::KeyPair build = one_.Issue("DNS:build.example.org");
  const std::shared_ptr<grpc::Channel> channel = Connect(one_.CaPem(), &build);
  EXPECT_EQ(Ask(*channel), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(Ask(*channel), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Ask(*channel), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(calls, 3);
}

TEST_F(ReloadingTlsTest, FilesThatCannotServeAreRefusedAtTheStart) {
  const auto start = [&] {
    return CreateReloadingTls({.cert = secret_.File("tls.crt"),
                               .key = secret_.File("tls.key"),
                               .client_ca = secret_.File("ca.crt")},
                              nullptr);
  };
  secret_.Write(Read(served_.cert_file), Read(client_.key_file), one_.CaPem());
  EXPECT_THAT(start(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("does not belong")));
  secret_.Write(Read(served_.cert_file), Read(served_.key_file), "junk");
  EXPECT_THAT(start(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("client CA")));
}

}  // namespace
}  // namespace countersign::verifier
