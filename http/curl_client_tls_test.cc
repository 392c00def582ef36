// CurlClient against a TLS server: what it trusts, and how it says that it does not.

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/file.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/client/curl_client.h"
#include "http/client/proxy.h"
#include "http/server/respond.h"
#include "http/server/server.h"
#include "http/test_authority.h"

namespace countersign::http {
namespace {

using base::IsOk;
using base::StatusIs;

class CurlClientTlsTest : public testing::Test {
 protected:
  std::unique_ptr<Server> Serve(const TestAuthority::KeyPair& key_pair) {
    Server::Options options;
    options.tls_cert_file = key_pair.cert_file;
    options.tls_key_file = key_pair.key_file;
    return *Server::Start(options, Blocking([this](ServerRequest request) {
                            if (request.path == "/hang") {
                              entered_.Notify();
                              EXPECT_TRUE(base::Await(release_));
                            }
                            ServerResponse response;
                            response.status = 200;
                            response.body = "served";
                            return response;
                          }));
  }

  std::unique_ptr<CurlClient> Trusting(const TestAuthority& authority) {
    CurlClient::Options options;
    options.extra_ca_pem = {authority.CaPem()};
    return *CurlClient::Create(options);
  }

  absl::StatusOr<ClientResponse> Get(Client& client, const Server& server,
                                     std::string_view host = "localhost", bool insecure = false) {
    ClientRequest request;
    request.url = absl::StrCat("https://", host, ":", server.port(), "/?secret");
    request.insecure_skip_tls_verification = insecure;
    return client.Send(request, base::Soon());
  }

  absl::Notification entered_;
  absl::Notification release_;
  TestAuthority authority_;
};

TEST_F(CurlClientTlsTest, AnExtraAuthorityIsTrusted) {
  const std::unique_ptr<Server> server = Serve(authority_.Issue());
  const std::unique_ptr<CurlClient> client = Trusting(authority_);
  EXPECT_THAT(Get(*client, *server), IsOk());
  EXPECT_THAT(Get(*client, *server, "127.0.0.1"), IsOk());
}

TEST_F(CurlClientTlsTest, AnUnknownAuthorityIsNot) {
  const std::unique_ptr<Server> server = Serve(authority_.Issue());
  const std::unique_ptr<CurlClient> client = *CurlClient::Create({});
  const std::unique_ptr<CurlClient> other = Trusting(TestAuthority());
  for (CurlClient* each : {client.get(), other.get()}) {
    EXPECT_THAT(
        Get(*each, *server),
        StatusIs(
            absl::StatusCode::kUnavailable,
            absl::StrCat("localhost:", server->port(),
                         " is not trusted: its certificate is signed by an unknown authority")));
  }
}

TEST_F(CurlClientTlsTest, AnExpiredCertificateIsNot) {
  const std::unique_ptr<Server> server = Serve(authority_.Issue("DNS:localhost", /*days=*/-1));
  EXPECT_THAT(
      Get(*Trusting(authority_), *server),
      StatusIs(absl::StatusCode::kUnavailable,
               absl::StrCat("localhost:", server->port(),
                            " is not trusted: its certificate has expired, or one above it has")));
}

TEST_F(CurlClientTlsTest, ACertificateForAnotherNameIsNot) {
  const std::unique_ptr<Server> server = Serve(authority_.Issue("DNS:registry.example.org"));
  for (const std::string_view host : {"localhost", "127.0.0.1"}) {
    EXPECT_THAT(
        Get(*Trusting(authority_), *server, host),
        StatusIs(absl::StatusCode::kUnavailable,
                 absl::StrCat(host, ":", server->port(),
                              " is not trusted: its certificate is for another host name")));
  }
}

TEST_F(CurlClientTlsTest, SkippingVerificationIsForThatRequestAlone) {
  const std::unique_ptr<Server> server = Serve(authority_.Issue("DNS:other", /*days=*/-1));
  const std::unique_ptr<CurlClient> client = *CurlClient::Create({});
  EXPECT_THAT(Get(*client, *server, "localhost", /*insecure=*/true), IsOk());
  // Nor does the connection that was made insecurely serve a request that is not.
  EXPECT_THAT(Get(*client, *server), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Get(*client, *server, "localhost", /*insecure=*/true), IsOk());
}

TEST_F(CurlClientTlsTest, AHandshakeThatHangsEndsAtTheConnectTimeout) {
  // The system takes the connection, and nobody answers.
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);

  CurlClient::Options options;
  options.connect_timeout = absl::Milliseconds(200);
  const std::unique_ptr<CurlClient> client = *CurlClient::Create(options);
  ClientRequest request;
  const std::string host = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  request.url = absl::StrCat("https://", host);
  EXPECT_THAT(
      client->Send(request, base::Soon()),
      StatusIs(absl::StatusCode::kUnavailable, host + " did not accept a connection in time"));
  close(listener);
}

TEST_F(CurlClientTlsTest, OnlyTheGivenAuthorityCanBeTrusted) {
  const std::unique_ptr<Server> server = Serve(authority_.Issue());
  CurlClient::Options options;
  options.only_ca_pem = authority_.CaPem();
  EXPECT_THAT(Get(**CurlClient::Create(options), *server), IsOk());
  // One that is trusted beside the system's is no more.
  options.extra_ca_pem = {authority_.CaPem()};
  options.only_ca_pem = TestAuthority().CaPem();
  EXPECT_THAT(Get(**CurlClient::Create(options), *server),
              StatusIs(absl::StatusCode::kUnavailable, testing::HasSubstr("unknown authority")));
  options.only_ca_pem = "no certificate";
  EXPECT_THAT(CurlClient::Create(options), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(CurlClientTlsTest, TheServerNameMayBeAnotherThanTheHost) {
  const std::unique_ptr<Server> server = Serve(authority_.Issue("DNS:kubernetes.example.org"));
  CurlClient::Options options;
  options.only_ca_pem = authority_.CaPem();
  options.tls_server_name = "kubernetes.example.org";
  const std::unique_ptr<CurlClient> client = *CurlClient::Create(options);
  EXPECT_THAT(Get(*client, *server), IsOk());
  EXPECT_THAT(Get(*client, *server, "127.0.0.1"), IsOk());
  options.tls_server_name = "other.example.org";
  EXPECT_THAT(Get(**CurlClient::Create(options), *server),
              StatusIs(absl::StatusCode::kUnavailable,
                       absl::StrCat("localhost:", server->port(),
                                    " is not trusted: its certificate is for another host name")));
}

// The server of the openssl command, which wants a certificate of its clients.
class CertificateWantingServer {
 public:
  CertificateWantingServer(const TestAuthority& authority, const TestAuthority::KeyPair& key_pair,
                           std::string_view flags = "")
      : pipe_(
            popen(absl::StrCat("exec openssl s_server -accept 0 -www -Verify 1 -verify_return_error"
                               " -CAfile ",
                               authority.ca_file(), " -cert ", key_pair.cert_file, " -key ",
                               key_pair.key_file, " ", flags, " 2>/dev/null & echo PID $!; wait")
                      .c_str(),
                  "r")) {
    char line[256];
    while (port_ == 0 && fgets(line, sizeof(line), pipe_) != nullptr) {
      std::sscanf(line, "PID %d", &pid_);
      if (const char* colon = std::strrchr(line, ':'); std::strncmp(line, "ACCEPT", 6) == 0) {
        port_ = std::atoi(colon + 1);
      }
    }
  }
  ~CertificateWantingServer() {
    kill(pid_, SIGKILL);
    pclose(pipe_);
  }
  int port() const { return port_; }

 private:
  FILE* const pipe_;
  int pid_ = 0;
  int port_ = 0;
};

TEST_F(CurlClientTlsTest, AClientCertificateIsShownToAServerThatAsks) {
  const CertificateWantingServer server(authority_, authority_.Issue());
  ASSERT_NE(server.port(), 0);
  const TestAuthority::KeyPair own = authority_.Issue("DNS:client");
  CurlClient::Options options;
  options.only_ca_pem = authority_.CaPem();
  options.http1_only = true;
  options.dead_peer_timeout = absl::Seconds(20);
  ClientRequest request;
  request.url = absl::StrCat("https://127.0.0.1:", server.port(), "/");
  const auto send = [&] { return (*CurlClient::Create(options))->Send(request, base::Soon()); };
  EXPECT_THAT(send(), StatusIs(absl::StatusCode::kUnavailable,
                               absl::StrCat("127.0.0.1:", server.port(),
                                            " wants a client certificate, and there is none")));

  options.identity = {*base::LoadFile(own.cert_file), *base::LoadFile(own.key_file)};
  const absl::StatusOr<ClientResponse> response = send();
  ASSERT_THAT(response, IsOk());
  EXPECT_THAT(response->body, testing::HasSubstr("Client certificate"));

  // One that is for this server alone goes before the one for all.
  std::swap(options.identities[absl::StrCat("127.0.0.1:", server.port())], options.identity);
  options.identity = {"for another", "for another"};
  EXPECT_THAT(send(), IsOk());
  options.identities = {{"localhost", options.identities.begin()->second}};
  options.identity = {};
  EXPECT_THAT(send(), StatusIs(absl::StatusCode::kUnavailable));

  options.identity = {*base::LoadFile(own.cert_file),
                      *base::LoadFile(authority_.Issue("DNS:other").key_file)};
  EXPECT_THAT(send(), StatusIs(absl::StatusCode::kUnavailable,
                               testing::HasSubstr("own certificate and key cannot be used")));
}

// In TLS 1.2 it may say no more than that the handshake has failed.
TEST_F(CurlClientTlsTest, AnOlderServerThatAsksForACertificateIsUnderstoodToo) {
  const CertificateWantingServer server(authority_, authority_.Issue(), "-tls1_2");
  ASSERT_NE(server.port(), 0);
  const std::string host = absl::StrCat("127.0.0.1:", server.port());
  CurlClient::Options options;
  options.only_ca_pem = authority_.CaPem();
  ClientRequest request;
  request.url = absl::StrCat("https://", host, "/");
  const auto send = [&] { return (*CurlClient::Create(options))->Send(request, base::Soon()); };
  EXPECT_THAT(send(), StatusIs(absl::StatusCode::kUnavailable,
                               host + " refused the TLS handshake: it wants a client certificate, "
                                      "and there is none, or could not agree on TLS"));
  const TestAuthority::KeyPair own = authority_.Issue("DNS:client");
  options.identities = {{host, {*base::LoadFile(own.cert_file), *base::LoadFile(own.key_file)}}};
  EXPECT_THAT(send(), IsOk());
}

TEST_F(CurlClientTlsTest, AProxyThatIsNotTrustedIsNamedAndNotTheServer) {
  const std::unique_ptr<Server> proxy = Serve(authority_.Issue());
  setenv("HTTPS_PROXY", absl::StrCat("https://user:password@localhost:", proxy->port()).c_str(), 1);
  const std::unique_ptr<CurlClient> client = Trusting(TestAuthority());
  unsetenv("HTTPS_PROXY");
  ClientRequest request;
  request.url = "https://registry.example/v2/";
  const absl::Status status = client->Send(request, base::Soon()).status();
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kUnavailable,
                       absl::StrCat("the proxy localhost:", proxy->port(),
                                    " is not trusted: its certificate is signed by an unknown "
                                    "authority")));
  EXPECT_TRUE(IsProxyFault(status));
}

TEST_F(CurlClientTlsTest, OneHangDoesNotHoldUpOthers) {
  const std::unique_ptr<Server> server = Serve(authority_.Issue());
  const std::unique_ptr<CurlClient> client = Trusting(authority_);
  std::thread hanging([&] {
    ClientRequest request;
    request.url = absl::StrCat("https://localhost:", server->port(), "/hang");
    EXPECT_THAT(client->Send(request, base::Soon()), IsOk());
  });
  EXPECT_TRUE(base::Await(entered_));
  for (int i = 0; i < 20; ++i) EXPECT_THAT(Get(*client, *server), IsOk());
  release_.Notify();
  hanging.join();
}

}  // namespace
}  // namespace countersign::http
