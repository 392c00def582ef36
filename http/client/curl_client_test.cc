#include "http/client/curl_client.h"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/client/network_fault.h"
#include "http/client/scripted_server.h"

namespace countersign::http {
namespace {

using base::StatusIs;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::StartsWith;
using Answer = ScriptedServer::Answer;
using Then = ScriptedServer::Answer::Then;

class CurlClientTest : public testing::Test {
 protected:
  CurlClientTest() : client_(*CurlClient::Create({})) {}

  absl::StatusOr<ClientResponse> Send(const ClientRequest& request,
                                      absl::Duration timeout = absl::Seconds(20)) {
    return client_->Send(request, base::In(timeout));
  }

  absl::StatusOr<ClientResponse> Get(const ScriptedServer& server, std::string_view path = "/",
                                     absl::Duration timeout = absl::Seconds(20)) {
    ClientRequest request;
    request.url = absl::StrCat("http://", server.host(), path);
    return Send(request, timeout);
  }

  std::unique_ptr<CurlClient> client_;
};

ScriptedServer::Script Always(std::string bytes, Then then = Then::kClose) {
  return [=](const std::string&) { return Answer{bytes, then}; };
}

TEST_F(CurlClientTest, AResponseHasStatusHeadersAndBody) {
  const ScriptedServer server(Always(
      WriteResponse(203, {{"X-One", "a"}, {"WWW-Authenticate", "b"}, {"x-one", "c"}}, "body")));
  const absl::StatusOr<ClientResponse> response = Get(server, "/v2/?q=1");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 203);
  EXPECT_EQ(response->body, "body");
  EXPECT_THAT(response->headers, ElementsAre(Pair("x-one", "a"), Pair("www-authenticate", "b"),
                                             Pair("x-one", "c"), Pair("content-length", "4")));
  EXPECT_THAT(server.Requests(), ElementsAre(StartsWith("GET /v2/?q=1 HTTP/1.1\r\n")));
}

TEST_F(CurlClientTest, AnyStatusIsAResponse) {
  for (const int status : {201, 301, 401, 404, 429, 500, 599}) {
    const ScriptedServer server(Always(WriteResponse(status, {{"Location", "/elsewhere"}}, "")));
    const absl::StatusOr<ClientResponse> response = Get(server);
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->status, status);
    EXPECT_EQ(server.Requests().size(), 1) << "a redirect was followed";
  }
}

TEST_F(CurlClientTest, InterimResponsesAreNotTheResponse) {
  const ScriptedServer server(Always("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
                                     WriteResponse(200, {{"A", "b"}}, "y")));
  const absl::StatusOr<ClientResponse> response = Get(server);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->FindHeader("link"), std::nullopt);
  EXPECT_EQ(response->body, "y");
}

TEST_F(CurlClientTest, HeadTakesNoBodyAndNoLimitCountsItsLength) {
  const ScriptedServer server(Always("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"));
  ClientRequest request;
  request.method = "HEAD";
  request.url = absl::StrCat("http://", server.host());
  request.max_response_bytes = 10;
  const absl::StatusOr<ClientResponse> response = Send(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->FindHeader("content-length"), "99999999");
  EXPECT_EQ(response->body, "");
  EXPECT_THAT(server.Requests(), ElementsAre(StartsWith("HEAD / HTTP/1.1\r\n")));
}

TEST_F(CurlClientTest, PostSendsItsBodyAndHeaders) {
  const ScriptedServer server(Always(WriteResponse(200, {}, "ok")));
  ClientRequest request;
  request.method = "POST";
  request.url = absl::StrCat("http://", server.host(), "/token");
  request.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
  request.body = std::string(2 << 20, 'x');
  ASSERT_THAT(Send(request), base::IsOk());
  EXPECT_THAT(
      server.Requests(),
      ElementsAre(AllOf(StartsWith("POST /token HTTP/1.1\r\n"),
                        HasSubstr("Content-Type: application/json\r\n"), HasSubstr("X-Empty:\r\n"),
                        HasSubstr("User-Agent: countersign\r\n"), Not(HasSubstr("Expect")),
                        testing::EndsWith("\r\n\r\n" + request.body))));
}

TEST_F(CurlClientTest, ConnectionsAreKeptAlive) {
  const ScriptedServer server(Always(WriteResponse(200, {}, "x"), Then::kKeepAlive));
  for (int i = 0; i < 5; ++i) ASSERT_THAT(Get(server), base::IsOk());
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlClientTest, AKeptConnectionThatHasGoneIsReplaced) {
  // Says nothing of closing, and closes.
  const ScriptedServer server(Always(WriteResponse(200, {}, "x"), Then::kClose));
  for (int i = 0; i < 5; ++i) ASSERT_THAT(Get(server), base::IsOk());
  EXPECT_EQ(server.Requests().size(), 5);
}

TEST_F(CurlClientTest, AnAnswerOverTheLimitIsRefusedNotCut) {
  const std::string body(1000, 'x');
  const ScriptedServer known(Always(WriteResponse(200, {}, body)));
  const ScriptedServer chunked(Always(absl::StrCat(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n", body, "\r\n0\r\n\r\n")));
  const ScriptedServer endless([&](const std::string&) {
    return Answer{"HTTP/1.1 200 OK\r\n\r\n" + body, Then::kHang};
  });
  for (const ScriptedServer* server : {&known, &chunked, &endless}) {
    ClientRequest request;
    request.url = absl::StrCat("http://", server->host());
    request.max_response_bytes = 999;
    EXPECT_THAT(Send(request), StatusIs(absl::StatusCode::kResourceExhausted,
                                        server->host() + " sent a larger answer than allowed"));
  }
  for (const ScriptedServer* server : {&known, &chunked}) {
    ClientRequest request;
    request.url = absl::StrCat("http://", server->host());
    request.max_response_bytes = 1000;
    const absl::StatusOr<ClientResponse> response = Send(request);
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->body, body);
  }
}

TEST_F(CurlClientTest, WhatArrivesIsCountedAndEndsWhereThereIsNoRoom) {
  const ScriptedServer server(Always(WriteResponse(200, {}, std::string(1000, 'x'))));
  base::ByteBudget budget({.total = 4000, .of_account = 1500});
  ClientRequest request;
  request.url = absl::StrCat("http://", server.host(), "/");
  request.held = budget.OpenAccount()->Hold();
  ASSERT_TRUE(Send(request).ok());
  EXPECT_EQ(budget.held(), 1000u);
  EXPECT_THAT(Send(request), StatusIs(absl::StatusCode::kResourceExhausted,
                                      "there is no room for what " + server.host() + " sends"));
  EXPECT_LE(budget.most_held(), 1500u);
  request.held = nullptr;
  // Its thread may still be putting the last request away, and what that holds of the budget.
  client_.reset();
}

TEST_F(CurlClientTest, HeadersOverTheLimitAreRefused) {
  Headers many;
  for (int i = 0; i < 40; ++i) many.emplace_back("X-Pad", std::string(1000, 'x'));
  const ScriptedServer server(Always(WriteResponse(200, many, "")));
  EXPECT_THAT(Get(server),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       server.host() + " sent more than 32 KiB or 256 lines of headers"));
  many.resize(30);
  const ScriptedServer fewer(Always(WriteResponse(200, many, "")));
  EXPECT_TRUE(Get(fewer).ok());
  const ScriptedServer one(Always(WriteResponse(200, {{"X-Pad", std::string(200'000, 'x')}}, "")));
  EXPECT_THAT(Get(one), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("headers")));
  const ScriptedServer short_ones(Always(WriteResponse(200, Headers(300, {"A", "b"}), "")));
  EXPECT_THAT(Get(short_ones),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("256 lines of headers")));
}

TEST_F(CurlClientTest, ALostConnectionIsReplacedOnceForGetAndHead) {
  for (const char* method : {"GET", "HEAD", "POST"}) {
    std::atomic<int> asked = 0;
    const ScriptedServer server([&asked](const std::string&) {
      return ++asked == 1 ? Answer{""} : Answer{WriteResponse(200, {}, "x")};
    });
    ClientRequest request;
    request.method = method;
    request.url = absl::StrCat("http://", server.host());
    const bool is_repeated = request.method != "POST";
    EXPECT_EQ(Send(request).ok(), is_repeated) << method;
    EXPECT_EQ(server.Requests().size(), is_repeated ? 2 : 1) << method;
  }
  const ScriptedServer cut(Always("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"));
  EXPECT_THAT(Get(cut), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(cut.Requests().size(), 2);
}

TEST_F(CurlClientTest, LocalAddressesAreRefusedWhereToldTo) {
  const ScriptedServer server(Always(WriteResponse(200, {}, "x"), Then::kKeepAlive));
  ASSERT_THAT(Get(server), base::IsOk());  // A connection that could be used.
  const std::string port = server.host().substr(server.host().find(':'));
  for (const std::string host : {"127.0.0.1", "localhost", "[::1]", "0.0.0.0", "127.1", "0x7f.1"}) {
    ClientRequest request;
    request.url = absl::StrCat("http://", host, port);
    request.refuse_local_addresses = true;
    EXPECT_THAT(Send(request), StatusIs(absl::StatusCode::kFailedPrecondition,
                                        HasSubstr("its address is one of this machine")))
        << host;
  }
  EXPECT_EQ(server.Requests().size(), 1);
}

TEST_F(CurlClientTest, ABrokenAnswerIsUnavailable) {
  const struct {
    std::string bytes;
    std::string words;
  } kCases[] = {
      {"", "closed the connection without a complete answer"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "cut its answer short"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nshort", "cut its answer short"},
      {"220 mail.example ESMTP\r\n", "answered with something other than HTTP"},
      {std::string("\x15\x03\x01\x00\x02\x02\x16", 7), "answered with something other than HTTP"},
  };
  for (const auto& [bytes, words] : kCases) {
    const ScriptedServer server(Always(bytes));
    EXPECT_THAT(Get(server),
                StatusIs(absl::StatusCode::kUnavailable, absl::StrCat(server.host(), " ", words)));
  }
}

TEST_F(CurlClientTest, NobodyThereIsUnavailable) {
  std::string host;
  {
    const ScriptedServer server(Always(""));
    host = server.host();
  }
  ClientRequest request;
  request.url = absl::StrCat("http://", host, "/?token=secret");
  EXPECT_THAT(Send(request), StatusIs(absl::StatusCode::kUnavailable,
                                      absl::StrCat(host, " refused the connection")));
  request.url = "https://registry.invalid/?token=secret";
  EXPECT_THAT(Send(request),
              StatusIs(absl::StatusCode::kUnavailable,
                       "registry.invalid cannot be resolved: no address for this name"));
}

TEST_F(CurlClientTest, TlsToAServerWithoutItIsUnavailable) {
  const ScriptedServer server(Always(WriteResponse(400, {}, "")));
  ClientRequest request;
  request.url = absl::StrCat("https://", server.host());
  EXPECT_THAT(Send(request),
              StatusIs(absl::StatusCode::kUnavailable, StartsWith(server.host() + " ")));
}

TEST_F(CurlClientTest, AHangEndsAtTheDeadline) {
  const ScriptedServer silent(Always("", Then::kHang));
  const ScriptedServer slow(
      Always("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nsome", Then::kHang));
  for (const ScriptedServer* server : {&silent, &slow}) {
    EXPECT_THAT(
        Get(*server, "/?secret", absl::Milliseconds(200)),
        StatusIs(absl::StatusCode::kDeadlineExceeded, server->host() + " did not answer in time"));
  }
  EXPECT_THAT(Get(silent, "/", absl::Seconds(-1)), StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(CurlClientTest, ErrorsSayWhetherTheHostWasReached) {
  const auto fault = [this](const std::string& url, absl::Duration timeout = absl::Seconds(20)) {
    ClientRequest request;
    request.url = url;
    return NetworkFaultOf(Send(request, timeout).status());
  };
  EXPECT_EQ(fault("http://127.0.0.1:1/"), NetworkFault::kNotConnected);
  EXPECT_EQ(fault("http://nobody.invalid/"), NetworkFault::kNotConnected);
  const ScriptedServer plain(Always(WriteResponse(400, {}, "")));
  EXPECT_EQ(fault(absl::StrCat("https://", plain.host())), NetworkFault::kNoTls);
  const ScriptedServer silent(Always("", Then::kHang));
  EXPECT_EQ(fault(absl::StrCat("http://", silent.host()), absl::Seconds(2)), NetworkFault::kSilent);
  // Whoever was not asked is not silent, nor is who closes, or does not come to an end.
  EXPECT_EQ(fault(absl::StrCat("http://", silent.host()), absl::ZeroDuration()),
            NetworkFault::kNone);
  const ScriptedServer closing(Always(""));
  EXPECT_EQ(fault(absl::StrCat("http://", closing.host())), NetworkFault::kNone);
  const ScriptedServer slow(
      Always("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nsome", Then::kHang));
  EXPECT_EQ(fault(absl::StrCat("http://", slow.host()), absl::Seconds(2)), NetworkFault::kNone);
}

TEST_F(CurlClientTest, WhatIsTooLateAlreadyMakesNoConnection) {
  const ScriptedServer server(Always(WriteResponse(200, {}, "x"), Then::kKeepAlive));
  for (int i = 0; i < 500; ++i) {
    ASSERT_THAT(
        Get(server, "/", absl::ZeroDuration()),
        StatusIs(absl::StatusCode::kDeadlineExceeded, server.host() + " did not answer in time"));
  }
  EXPECT_THAT(Get(server), base::IsOk());
  EXPECT_EQ(server.connections(), 1);
  EXPECT_THAT(server.Requests(), testing::SizeIs(1));
  // What is started is answered by who has stopped, whatever the time.
  client_->Stop();
  EXPECT_THAT(Get(server), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Get(server, "/", absl::ZeroDuration()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(CurlClientTest, OneHangDoesNotHoldUpOthers) {
  const ScriptedServer server([](const std::string& request) {
    if (absl::StrContains(request, "/hang")) return Answer{"", Then::kHang};
    return Answer{WriteResponse(200, {}, "x"), Then::kKeepAlive};
  });
  std::thread hanging(
      [&] { EXPECT_THAT(Get(server, "/hang"), StatusIs(absl::StatusCode::kUnavailable)); });
  EXPECT_TRUE(base::Eventually([&] { return !server.Requests().empty(); }));
  for (int i = 0; i < 50; ++i) ASSERT_THAT(Get(server), base::IsOk());
  client_.reset();
  hanging.join();
}

TEST_F(CurlClientTest, RequestsBeyondTheConnectionLimitWaitTheirTurn) {
  CurlClient::Options options;
  options.max_connections_per_host = 1;
  client_ = *CurlClient::Create(options);
  absl::Notification release;
  const ScriptedServer server([&](const std::string& request) {
    if (absl::StrContains(request, "/hang")) return Answer{"", Then::kHang};
    if (absl::StrContains(request, "/held")) {
      EXPECT_TRUE(base::Await(release));
    }
    return Answer{WriteResponse(200, {}, "x"), Then::kKeepAlive};
  });
  std::thread held([&] { EXPECT_THAT(Get(server, "/held"), base::IsOk()); });
  EXPECT_TRUE(base::Eventually([&] { return !server.Requests().empty(); }));
  const absl::StatusOr<ClientResponse> unsent = Get(server, "/", absl::Milliseconds(100));
  EXPECT_THAT(unsent, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(NetworkFaultOf(unsent.status()), NetworkFault::kNone);
  std::thread waiting([&] { EXPECT_THAT(Get(server), base::IsOk()); });
  release.Notify();
  held.join();
  waiting.join();
  // One that ends at its deadline leaves its connection's place, too.
  EXPECT_THAT(Get(server, "/hang", absl::Milliseconds(100)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(Get(server), base::IsOk());
}

TEST_F(CurlClientTest, ManyRequestsAtOnceAllAnswer) {
  const ScriptedServer server([](const std::string& request) {
    return Answer{WriteResponse(200, {}, request.substr(0, request.find(" HTTP"))),
                  Then::kKeepAlive};
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 10; ++j) {
        const std::string path = absl::StrCat("/", i, "/", j);
        const absl::StatusOr<ClientResponse> response = Get(server, path);
        ASSERT_TRUE(response.ok()) << response.status();
        EXPECT_EQ(response->body, "GET " + path);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(server.connections(), 32);
}

TEST_F(CurlClientTest, ClosingEndsTransfersInProgress) {
  const ScriptedServer server(Always("", Then::kHang));
  std::thread hanging([&] {
    EXPECT_THAT(Get(server),
                StatusIs(absl::StatusCode::kUnavailable,
                         server.host() + " was not waited for: this client is closing"));
  });
  EXPECT_TRUE(base::Eventually([&] { return !server.Requests().empty(); }));
  client_.reset();
  hanging.join();
}

TEST_F(CurlClientTest, StoppingEndsTransfersInProgressAndLaterOnesAtOnce) {
  const ScriptedServer server(Always("", Then::kHang));
  const std::string closing = server.host() + " was not waited for: this client is closing";
  std::thread hanging(
      [&] { EXPECT_THAT(Get(server), StatusIs(absl::StatusCode::kUnavailable, closing)); });
  EXPECT_TRUE(base::Eventually([&] { return !server.Requests().empty(); }));
  client_->Stop();
  hanging.join();
  EXPECT_THAT(Get(server), StatusIs(absl::StatusCode::kUnavailable, closing));
  client_->Stop();
}

TEST_F(CurlClientTest, MalformedRequestsAreNotSent) {
  const ScriptedServer server(Always(WriteResponse(200, {}, "")));
  const std::string url = absl::StrCat("http://", server.host());
  const auto refused = [&](std::string method, std::string target, Headers headers) {
    ClientRequest request;
    request.method = method;
    request.url = target;
    request.headers = headers;
    return Send(request).status().code() == absl::StatusCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused("TRACE", url, {}));
  EXPECT_TRUE(refused("GET", "ftp://127.0.0.1/", {}));
  EXPECT_TRUE(refused("GET", "http://user:secret@127.0.0.1/", {}));
  EXPECT_TRUE(refused("GET", url, {{"Authorization", "Bearer x\r\nX-Injected: y"}}));
  EXPECT_TRUE(refused("GET", url, {{"Authorization", std::string("Bearer \0", 8)}}));
  EXPECT_TRUE(refused("GET", url, {{"X\r\nY", "z"}}));
  EXPECT_TRUE(refused("GET", url, {{"X: y", "z"}}));
  EXPECT_TRUE(refused("GET", url, {{"", "z"}}));
  EXPECT_TRUE(server.Requests().empty());
}

TEST(CurlClient, ABrokenExtraCertificateIsRefusedAtTheStart) {
  CurlClient::Options options;
  options.extra_ca_pem = {"nothing"};
  EXPECT_THAT(CurlClient::Create(options),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "extra certificates 1: holds no PEM certificate"));
}

}  // namespace
}  // namespace countersign::http
