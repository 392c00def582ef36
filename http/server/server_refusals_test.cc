// Requests and connections that a server refuses, and what it says then.

#include <openssl/ssl.h>

#include <string>
#include <string_view>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/server/respond.h"
#include "http/server/server_fixture.h"
#include "http/server/server_raw_client.h"

namespace countersign::http {
namespace {

using base::IsOk;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(ServerTest, MalformedHttpIsRefused) {
  Start(Echo);
  for (const std::string_view bytes :
       {"nonsense\r\n\r\n", "GET / HTTP/3.7\r\n\r\n", "GET / HTTP/1.1\r\nbad header\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    EXPECT_THAT(Exchange(bytes), AllOf(StartsWith("HTTP/1.1 400 Bad Request\r\n"),
                                       HasSubstr("Connection: close\r\n"),
                                       HasSubstr("\r\n\r\nThe request is not HTTP: ")))
        << bytes;
  }
  EXPECT_THAT(Send("GET", "/"), IsOk());
}

TEST_F(ServerTest, ABodyOverTheLimitIsRefused) {
  options_.max_body_bytes = 1000;
  bool called = false;
  Start([&](ServerRequest request) {
    called = called || request.body.size() > 1000;
    return ResponseOf(200, "");
  });
  const std::string_view sentence = "\r\n\r\nThe request's body is larger than 1000 bytes.\n";
  // Said of a length alone, before any body has come.
  EXPECT_THAT(Exchange("POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 413 "), EndsWith(sentence)));
  EXPECT_THAT(Exchange(absl::StrCat("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n",
                                    std::string(1001, 'x'), "\r\n0\r\n\r\n")),
              AllOf(StartsWith("HTTP/1.1 413 "), EndsWith(sentence)));
  EXPECT_FALSE(called);
  EXPECT_EQ(Send("POST", "/", std::string(1000, 'x'))->status, 200);
}

TEST_F(ServerTest, AClientThatSendsAllOfAHugeBodyStillReadsTheRefusal) {
  options_.max_body_bytes = 1000;
  Start(Echo);
  const absl::StatusOr<ClientResponse> response = Send("POST", "/", std::string(20 << 20, 'x'));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 413);
}

TEST_F(ServerTest, AHeadOverTheLimitIsRefused) {
  Start(Echo);
  EXPECT_THAT(Exchange(absl::StrCat("GET / HTTP/1.1\r\nX: ", std::string(70'000, 'x'), "\r\n\r\n")),
              AllOf(StartsWith("HTTP/1.1 431 "),
                    EndsWith("\r\n\r\nThe request's head is larger than 16 KiB.\n")));
  EXPECT_THAT(Exchange(absl::StrCat("GET /", std::string(200'000, 'x'))),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(ServerTest, ARequestThatDoesNotComeInTimeIsRefused) {
  options_.head_timeout = options_.body_grace = absl::Milliseconds(500);
  Start(Echo);
  for (const std::string_view bytes :
       {"G", "GET / HTTP/1.1\r\nX: y\r\n", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nsome"}) {
    std::string answer;
    // Where processors are busy the time may be over before the handshake is, and nobody is told.
    EXPECT_TRUE(base::Eventually([&] {
      RawClient client(server_->port());
      if (!client.Handshake()) return false;
      client.Write(bytes);
      answer = client.ReadAll();
      return !answer.empty();
    }));
    EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 408 "),
                              EndsWith("\r\n\r\nThe request did not come in time.\n")));
  }
}

TEST_F(ServerTest, ASlowTrickleDoesNotProlongTheTime) {
  options_.head_timeout = options_.body_grace = absl::Milliseconds(500);
  Start(Echo);
  std::string answer;
  // Where processors are busy the time may be over before the handshake is.
  EXPECT_TRUE(base::Eventually([&] {
    RawClient client(server_->port(), TLS1_2_VERSION);
    if (!client.Handshake()) return false;
    EXPECT_TRUE(base::Eventually([&client] {
      client.Write("x");
      return client.HasBytes();
    }));
    answer = client.ReadAll();
    return !answer.empty();
  }));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 408 "));
}

TEST_F(ServerTest, ASilentHandshakeEndsInTime) {
  options_.head_timeout = options_.body_grace = absl::Milliseconds(500);
  Start(Echo);
  EXPECT_EQ(RawClient(server_->port()).ReadAllPlain(), "");
}

TEST_F(ServerTest, AnIdleConnectionIsClosedInTime) {
  options_.idle_timeout = absl::Milliseconds(200);
  Start(Echo);
  EXPECT_THAT(Exchange("GET / HTTP/1.1\r\n\r\n"), EndsWith("GET /   "));
}

TEST_F(ServerTest, WhatIsNoTlsIsToldOrClosed) {
  Start(Echo);
  RawClient plain(server_->port());
  plain.WritePlain("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(plain.ReadAllPlain(), AllOf(StartsWith("HTTP/1.1 400 Bad Request\r\n"),
                                          EndsWith("\r\n\r\nThis server speaks HTTPS only.\n")));
  RawClient garbage(server_->port());
  garbage.WritePlain(std::string(100, '\x7f'));
  garbage.ReadAllPlain();
  EXPECT_THAT(Send("GET", "/"), IsOk());
}

TEST_F(ServerTest, RequestsBeyondTheLimitAreToldSo) {
  options_.max_requests = 1;
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
  const absl::StatusOr<ClientResponse> response = Send("POST", "/", "body");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(response->body, "The server is busy with as many requests as it takes.\n");
  release.Notify();
  blocked.join();
  EXPECT_EQ(Send("GET", "/")->status, 200);
}

TEST_F(ServerTest, ConnectionsBeyondTheLimitAreClosed) {
  options_.max_connections = 1;
  Start(Echo);
  {
    RawClient first(server_->port());
    ASSERT_TRUE(first.Handshake());
    EXPECT_FALSE(RawClient(server_->port()).Handshake());
  }
  // The first has gone: soon there is room again.
  EXPECT_TRUE(base::Eventually([this] { return RawClient(server_->port()).Handshake(); }));
}

}  // namespace
}  // namespace countersign::http
