// Whom verifiers are taken for, and what they are shown.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "base/file.h"
#include "base/status_matchers.h"
#include "base/test_threads.h"
#include "grpcpp/security/server_credentials.h"
#include "gtest/gtest.h"
#include "http/test_authority.h"
#include "http/test_mounted_secret.h"
#include "shim/grpc_verifier_client.h"
#include "shim/test_name_server.h"
#include "shim/test_verifier_server.h"

namespace countersign::shim {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::StatusIs;

// A server's: a certificate by `issuer`, for clients with one by `clients`.
std::shared_ptr<grpc::ServerCredentials> ServerCredentials(http::TestAuthority& issuer,
                                                           const http::TestAuthority& clients) {
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = clients.CaPem();
  const auto pair = issuer.Issue("DNS:verifier.test,IP:127.0.0.1");
  options.pem_key_cert_pairs.push_back(
      {*base::LoadFile(pair.key_file), *base::LoadFile(pair.cert_file)});
  return grpc::SslServerCredentials(options);
}

class GrpcVerifierClientTlsTest : public testing::Test {
 protected:
  // gRPC's threads outlive its objects (base/test_threads.h).
  static void TearDownTestSuite() {
    EXPECT_TRUE(base::Eventually([] { return base::CountThreads() == 1; }));
  }

  // Of a client that is connected, however long that takes.
  static absl::StatusOr<std::string> AskConnected(const GrpcVerifierClient::Options& options) {
    const auto client = *GrpcVerifierClient::Create(options);
    AwaitConnection(*client);
    return Ask(*client);
  }

  http::TestAuthority authority_;
  http::TestAuthority other_authority_;
};

TEST_F(GrpcVerifierClientTlsTest, BothSidesShowCertificates) {
  TestVerifierServer server("a", 0, ServerCredentials(authority_, authority_));
  const auto pair = authority_.Issue();
  const GrpcVerifierClient::Options good = {.target = server.address(),
                                            .ca_file = authority_.ca_file(),
                                            .cert_file = pair.cert_file,
                                            .key_file = pair.key_file};
  EXPECT_THAT(AskConnected(good), IsOkAndHolds("a1"));

  GrpcVerifierClient::Options named = good;
  named.server_name = "verifier.test";
  EXPECT_THAT(AskConnected(named), IsOkAndHolds("a1"));

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

// Of a name, whatever its address: the channel goes to that.
TEST_F(GrpcVerifierClientTlsTest, ACertificateMustBeOfTheNameThatWasLookedUp) {
  TestVerifierServer server("a", 0, ServerCredentials(authority_, authority_));
  const TestNameServer names(DnsRecord(kDnsA, std::string_view("\x7f\0\0\1", 4)), 1);
  const auto pair = authority_.Issue();
  const auto options = [&](std::string_view name) {
    return GrpcVerifierClient::Options{
        .target = absl::StrCat("dns://127.0.0.1:", names.port(), "/", name, ":", server.port()),
        .ca_file = authority_.ca_file(),
        .cert_file = pair.cert_file,
        .key_file = pair.key_file};
  };
  EXPECT_THAT(AskConnected(options("verifier.test")), IsOkAndHolds("a1"));
  EXPECT_THAT(Ask(**GrpcVerifierClient::Create(options("other.test"))),
              StatusIs(absl::StatusCode::kUnavailable));
  GrpcVerifierClient::Options named = options("other.test");
  named.server_name = "verifier.test";
  EXPECT_THAT(AskConnected(named), IsOkAndHolds("a1"));
}

TEST_F(GrpcVerifierClientTlsTest, NobodyButLoopbackIsSpokenToInTheClearUnlessToldSo) {
  TestVerifierServer server("a");
  // To connect there reaches this machine, too, but it is no address of loopback.
  GrpcVerifierClient::Options options = {.target = absl::StrCat("ipv4:0.0.0.0:", server.port())};
  EXPECT_THAT(Ask(**GrpcVerifierClient::Create(options)), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(server.service.calls, 0);
  options.insecure_plaintext = true;
  EXPECT_THAT(AskConnected(options), IsOkAndHolds("a1"));
}

TEST_F(GrpcVerifierClientTlsTest, NewCertificatesAreTaken) {
  TestVerifierServer server("a", 0, ServerCredentials(authority_, other_authority_));
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

TEST_F(GrpcVerifierClientTlsTest, ASwappedSecretHoldsForNewConnectionsAndOldOnesGoOn) {
  http::TestMountedSecret secret(authority_.directory() + "/mount");
  const auto write = [&secret](http::TestAuthority& authority) {
    const http::TestAuthority::KeyPair pair = authority.Issue();
    secret.Write(base::LoadFile(pair.cert_file).value(), base::LoadFile(pair.key_file).value(),
                 authority.CaPem());
  };
  write(authority_);
  TestVerifierServer a("a", 0, ServerCredentials(authority_, authority_));
  const ReservedPort port;
  auto b = std::make_unique<TestVerifierServer>("b", port.port(),
                                                ServerCredentials(authority_, authority_));
  const auto client = *GrpcVerifierClient::Create(
      {.target = absl::StrCat("ipv4:", a.address(), ",", port.address()),
       .ca_file = secret.File("ca.crt"),
       .cert_file = secret.File("tls.crt"),
       .key_file = secret.File("tls.key"),
       .server_name = "verifier.test"});
  Connect(*client, {&a, b.get()});

  // b comes back with certificates of another authority, which a would refuse.
  write(other_authority_);
  b.reset();
  b = std::make_unique<TestVerifierServer>("b", port.port(),
                                           ServerCredentials(other_authority_, other_authority_));
  const std::string of_b = ImageOfFirst({port.address(), a.address()});
  EXPECT_TRUE(base::Eventually([&] {
    EXPECT_THAT(Ask(*client, of_b), IsOk());
    return b->service.calls > 0;
  }));
  EXPECT_THAT(Ask(*client, ImageOfFirst({a.address(), port.address()})), IsOkAndHolds("a1"));
}

}  // namespace
}  // namespace countersign::shim
