// CurlClient against a TLS server: what it trusts, and how it says that it does not.

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client.h"
#include "http/curl_client.h"
#include "http/handler.h"
#include "http/server.h"
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
    return *Server::Start(options, [this](ServerRequest request) {
      if (request.path == "/hang") release_.WaitForNotification();
      ServerResponse response;
      response.status = 200;
      response.body = "served";
      return response;
    });
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
    return client.Send(request, absl::Now() + absl::Seconds(20));
  }

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
  const absl::Time start = absl::Now();
  EXPECT_THAT(
      client->Send(request, start + absl::Seconds(20)),
      StatusIs(absl::StatusCode::kUnavailable, host + " did not accept a connection in time"));
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
  close(listener);
}

TEST_F(CurlClientTlsTest, OneHangDoesNotHoldUpOthers) {
  const std::unique_ptr<Server> server = Serve(authority_.Issue());
  const std::unique_ptr<CurlClient> client = Trusting(authority_);
  std::thread hanging([&] {
    ClientRequest request;
    request.url = absl::StrCat("https://localhost:", server->port(), "/hang");
    EXPECT_THAT(client->Send(request, absl::Now() + absl::Seconds(20)), IsOk());
  });
  const absl::Time start = absl::Now();
  for (int i = 0; i < 20; ++i) EXPECT_THAT(Get(*client, *server), IsOk());
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
  release_.Notify();
  hanging.join();
}

}  // namespace
}  // namespace countersign::http
