#include "http/server/server.h"

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/server/respond.h"
#include "http/server/server_fixture.h"
#include "http/server/server_raw_client.h"
#include "http/test_authority.h"

namespace countersign::http {
namespace {

using base::IsOk;
using base::StatusIs;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

bool IsListening(int port) {
  boost::asio::io_context io;
  boost::system::error_code error;
  boost::asio::ip::tcp::socket(io).connect(
      {boost::asio::ip::address_v4::loopback(), static_cast<uint16_t>(port)}, error);
  return !error;
}

TEST_F(ServerTest, ARequestIsRespondedToAndTheResponseReachesTheClient) {
  Start(Echo);
  const absl::StatusOr<ClientResponse> response = Send("POST", "/a%20b/c?timeout=10s?", "body");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "POST /a%20b/c timeout=10s? text/x-test body");
  EXPECT_EQ(response->FindHeader("content-type"), "text/plain; charset=utf-8");
  EXPECT_TRUE(response->FindHeader("date").has_value());
}

TEST_F(ServerTest, ARequestSaysWhereItCameFrom) {
  const auto say_address = [](const ServerRequest& request) {
    return ResponseOf(200, request.peer_address);
  };
  // An IPv6 socket sees clients of IPv4 by mapped addresses.
  for (const char* listen : {"127.0.0.1:0", "[::]:0"}) {
    options_.listen = listen;
    absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(options_, Blocking(say_address));
    if (absl::IsUnavailable(server.status())) continue;  // no IPv6 here
    ASSERT_THAT(server, IsOk());
    RawClient client((*server)->port(), "127.0.0.7");
    ASSERT_TRUE(client.Handshake()) << listen;
    client.Write("GET / HTTP/1.1\r\nX-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(client.ReadAll(), EndsWith("\r\n\r\n127.0.0.7")) << listen;
  }
}

TEST_F(ServerTest, HeadIsAnsweredWithoutABody) {
  Start(Echo);
  const absl::StatusOr<ClientResponse> response = Send("HEAD", "/");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->FindHeader("content-length"), "20");
  EXPECT_THAT(Send("GET", "/"), IsOk());
}

TEST_F(ServerTest, ALargeBodyGoesBothWays) {
  Start(Echo);
  const std::string body(3 << 20, 'x');
  const absl::StatusOr<ClientResponse> response = Send("POST", "/", body);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_THAT(response->body, EndsWith(body));
}

TEST_F(ServerTest, ChunkedBodiesAndSeveralRequestsAConnectionAreServed) {
  Start(Echo);
  const std::string answers = Exchange(
      "POST /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
      "GET /2 HTTP/1.1\r\n\r\n"
      "GET /3 HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answers,
              AllOf(HasSubstr("POST /1   abcdHTTP/1.1 200 OK\r\n"), HasSubstr("GET /2   HTTP"),
                    HasSubstr("Connection: close\r\n"), EndsWith("GET /3   ")));
}

TEST_F(ServerTest, AClientThatAsksToContinueIsTold) {
  Start(Echo);
  RawClient client(server_->port());
  ASSERT_TRUE(client.Handshake());
  client.Write(
      "POST / HTTP/1.1\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(client.ReadSome(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Write("body");
  EXPECT_THAT(client.ReadAll(), EndsWith("POST /   body"));
}

TEST_F(ServerTest, ResponsesThatTakeLongDoNotHoldUpOthers) {
  absl::Notification entered;
  absl::Notification release;
  Start([&](ServerRequest request) {
    if (request.path == "/block") {
      entered.Notify();
      EXPECT_TRUE(base::Await(release));
    }
    return ResponseOf(200, "");
  });
  std::thread blocked([&] { EXPECT_THAT(Send("GET", "/block"), IsOk()); });
  EXPECT_TRUE(base::Await(entered));
  for (int i = 0; i < 20; ++i) EXPECT_THAT(Send("GET", "/"), IsOk());
  release.Notify();
  blocked.join();
}

TEST_F(ServerTest, SeveralIoThreadsServeManyClients) {
  options_.io_threads = 4;
  Start(Echo);
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 20; ++j) {
        const std::string path = absl::StrCat("/", i, "/", j);
        const absl::StatusOr<ClientResponse> response = Send("GET", path);
        ASSERT_TRUE(response.ok()) << response.status();
        EXPECT_THAT(response->body, StartsWith(absl::StrCat("GET ", path, " ")));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ServerTest, ARespondThatThrowsIsAServerError) {
  Start([](ServerRequest) -> ServerResponse { throw std::runtime_error("thrown"); });
  const absl::StatusOr<ClientResponse> response = Send("GET", "/");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 500);
  EXPECT_EQ(response->body, "The server failed to answer this request.\n");
}

TEST_F(ServerTest, OldTlsIsRefused) {
  Start(Echo);
  EXPECT_FALSE(RawClient(server_->port(), TLS1_1_VERSION).Handshake());
  EXPECT_TRUE(RawClient(server_->port(), TLS1_2_VERSION).Handshake());
  EXPECT_TRUE(RawClient(server_->port(), TLS1_3_VERSION).Handshake());
}

TEST_F(ServerTest, OfTheProtocolsOfferedHttp11IsChosen) {
  Start(Echo);
  RawClient both(server_->port());
  both.OfferProtocols("\x02h2\x08http/1.1");
  EXPECT_TRUE(both.Handshake());
  EXPECT_EQ(both.Protocol(), "http/1.1");
  RawClient h2_only(server_->port());
  h2_only.OfferProtocols("\x02h2");
  EXPECT_TRUE(h2_only.Handshake());
  EXPECT_EQ(h2_only.Protocol(), "");
}

TEST_F(ServerTest, ARetiredConnectionIsToldToCloseAndNewOnesAreTaken) {
  Start([](ServerRequest) { return ResponseOf(200, "done"); });
  absl::StatusOr<ClientResponse> response = Send("GET", "/");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_NE(response->FindHeader("connection"), "close");
  server_->RetireConnections();
  for (int i = 0; i < 2; ++i) {
    response = Send("GET", "/");
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->FindHeader("connection"), "close");
    EXPECT_EQ(response->body, "done");
  }
}

TEST_F(ServerTest, DrainLetsRequestsEndAndClosesTheRest) {
  absl::Notification entered;
  absl::Notification release;
  Start([&](ServerRequest request) {
    if (request.path == "/slow") {
      entered.Notify();
      EXPECT_TRUE(base::Await(release));
    }
    return ResponseOf(200, "done");
  });
  RawClient idle(server_->port());
  ASSERT_TRUE(idle.Handshake());
  std::thread slow([&] {
    const absl::StatusOr<ClientResponse> response = Send("GET", "/slow");
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->body, "done");
    EXPECT_EQ(response->FindHeader("connection"), "close");
  });
  EXPECT_TRUE(base::Await(entered));
  std::thread draining([this] { server_->Drain(absl::InfiniteFuture()); });
  EXPECT_EQ(idle.ReadAll(), "");
  release.Notify();
  draining.join();
  slow.join();
  EXPECT_THAT(Send("GET", "/"), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ServerTest, DrainWaitsNoLongerThanItsDeadline) {
  absl::Notification entered;
  absl::Notification release;
  Start([&](ServerRequest) {
    entered.Notify();
    EXPECT_TRUE(base::Await(release));
    return ResponseOf(200, "");
  });
  std::thread blocked(
      [&] { EXPECT_THAT(Send("GET", "/"), StatusIs(absl::StatusCode::kUnavailable)); });
  EXPECT_TRUE(base::Await(entered));
  server_->Drain(base::In(absl::Milliseconds(100)));
  blocked.join();
  release.Notify();
  server_.reset();  // waits for who has just been released
}

TEST_F(ServerTest, StoppingWaitsForResponsesThatAreBeingMadeOnly) {
  absl::Notification entered;
  absl::Notification is_stopping;
  std::atomic<bool> has_ended = false;
  Start([&](ServerRequest) {
    entered.Notify();
    EXPECT_TRUE(base::Await(is_stopping));
    has_ended = true;
    return ResponseOf(200, "");
  });
  RawClient idle(server_->port());
  ASSERT_TRUE(idle.Handshake());
  std::thread asking([&] {
    RawClient client(server_->port());
    EXPECT_TRUE(client.Handshake());
    client.Write("GET / HTTP/1.1\r\n\r\n");
    client.ReadAll();
  });
  EXPECT_TRUE(base::Await(entered));
  // Its port is closed once a server that stops does nothing more but wait.
  std::thread watching([&, port = server_->port()] {
    EXPECT_TRUE(base::Eventually([port] { return !IsListening(port); }));
    is_stopping.Notify();
  });
  server_.reset();
  EXPECT_TRUE(has_ended);
  watching.join();
  asking.join();
}

TEST_F(ServerTest, AChangedCertificateIsServedWithoutDroppingConnections) {
  options_.head_timeout = absl::Hours(1);  // the change may take its time
  Start(Echo);
  RawClient before(server_->port());
  ASSERT_TRUE(before.Handshake());
  EXPECT_THAT(Send("GET", "/"), IsOk());

  TestAuthority other;
  const TestAuthority::KeyPair renewed = other.Issue();
  using std::filesystem::copy_options;
  std::filesystem::copy_file(renewed.cert_file, key_pair_.cert_file,
                             copy_options::overwrite_existing);
  std::filesystem::copy_file(renewed.key_file, key_pair_.key_file,
                             copy_options::overwrite_existing);

  // New connections meet the other authority's certificate within a second.
  absl::Status status;
  EXPECT_TRUE(base::Eventually([&] {
    client_ = NewClient();
    status = Send("GET", "/").status();
    return !status.ok();
  }));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("unknown authority")));
  before.Write("GET /old HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(before.ReadAll(), EndsWith("GET /old   "));
}

TEST_F(ServerTest, AnAddressThatIsNoneIsRefused) {
  for (const char* address : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000",
                              "::1:0", "localhost:0", "[127.0.0.1]:0", "127.0.0.1:-1"}) {
    options_.listen = address;
    EXPECT_THAT(Server::Start(options_, Blocking(Echo)),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         StartsWith(absl::StrCat("cannot listen on ", address, ": "))));
  }
}

TEST_F(ServerTest, ATakenPortIsUnavailable) {
  Start(Echo);
  options_.listen = absl::StrCat("127.0.0.1:", server_->port());
  EXPECT_THAT(
      Server::Start(options_, Blocking(Echo)),
      StatusIs(absl::StatusCode::kUnavailable,
               absl::StrCat("cannot listen on ", options_.listen, ": Address already in use")));
}

TEST_F(ServerTest, FilesThatCannotServeAreRefused) {
  options_.tls_cert_file = "/absent.pem";
  EXPECT_THAT(Server::Start(options_, Blocking(Echo)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/absent.pem")));
}

TEST_F(ServerTest, ARequestSaysItsTraceparentIfThereIsOne) {
  Start([](ServerRequest request) { return ResponseOf(200, "<" + request.traceparent + ">"); });
  const auto ask = [this](std::string_view headers) {
    return Exchange(
        absl::StrCat("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n", headers, "\r\n"));
  };
  EXPECT_THAT(ask("Traceparent: 00-4b-00-01\r\n"), HasSubstr("<00-4b-00-01>"));
  EXPECT_THAT(ask(""), HasSubstr("<>"));
  EXPECT_THAT(ask("traceparent: 00-4b-00-01\r\ntraceparent: 00-4b-00-01\r\n"), HasSubstr("<>"));
}

}  // namespace
}  // namespace countersign::http
