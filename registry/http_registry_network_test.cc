// HttpRegistry over sockets, against a registry that does everything wrong.

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/client/curl_client.h"
#include "http/client/scripted_server.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "registry/credential.h"
#include "registry/http_registry.h"

namespace countersign::registry {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::StatusIs;
using http::ScriptedServer;
using http::WriteResponse;
using testing::HasSubstr;
using Answer = ScriptedServer::Answer;
using Then = ScriptedServer::Answer::Then;

constexpr std::string_view kManifest = R"({"schemaVersion":2})";

class HttpRegistryNetworkTest : public testing::Test {
 protected:
  // The server answers in the way that `script_` says, and well to /good.
  HttpRegistryNetworkTest()
      : server_([this](const std::string& request) {
          if (absl::StrContains(request, "/manifests/good")) {
            return Answer{WriteResponse(200, {}, kManifest), Then::kKeepAlive};
          }
          return Script()(request);
        }),
        repository_{server_.host(), "team/app"},
        client_(*http::CurlClient::Create({})),
        registry_(client_.get(), &base::Clock::Real(), {.insecure_registries = {server_.host()}}) {}

  // Every test ends by showing that the client is still of use.
  void TearDown() override {
    EXPECT_THAT(registry_.FetchManifestByTag(repository_, "good", {}, base::Soon()),
                IsOkAndHolds(kManifest));
  }

  void Always(std::string bytes, Then then = Then::kClose) {
    SetScript([=](const std::string&) { return Answer{bytes, then}; });
  }

  // The server may still be answering by the one before.
  void SetScript(ScriptedServer::Script script) {
    absl::MutexLock lock(&mutex_);
    script_ = std::move(script);
  }

  ScriptedServer::Script Script() {
    absl::MutexLock lock(&mutex_);
    return script_;
  }

  absl::StatusOr<std::string> Fetch(absl::Time deadline = base::Soon(),
                                    const Credential& credential = {}) {
    return registry_.FetchManifestByTag(repository_, "v1", credential, deadline);
  }

  absl::Mutex mutex_;
  ScriptedServer::Script script_ ABSL_GUARDED_BY(mutex_);
  ScriptedServer server_;
  const oci::Repository repository_;
  const std::unique_ptr<http::CurlClient> client_;
  HttpRegistry registry_;
};

TEST_F(HttpRegistryNetworkTest, PlainHttpIsFoundOutOnceAndThenKept) {
  Always(WriteResponse(200, {}, kManifest), Then::kKeepAlive);
  EXPECT_THAT(Fetch(), IsOkAndHolds(kManifest));
  const int connections = server_.connections();
  for (int i = 0; i < 10; ++i) EXPECT_THAT(Fetch(), IsOkAndHolds(kManifest));
  EXPECT_EQ(server_.connections(), connections);
}

TEST_F(HttpRegistryNetworkTest, ErrorsOfTheRegistryKeepTheirMeaning) {
  Always(WriteResponse(429, {{"Retry-After", "3600"}}, "{}"));
  // Of a repository that is then left alone.
  EXPECT_THAT(
      registry_.FetchManifestByTag({repository_.registry, "busy/app"}, "v1", {}, base::Soon()),
      StatusIs(absl::StatusCode::kResourceExhausted));
  Always(WriteResponse(500, {}, "{}"));
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kUnavailable,
                                absl::StrCat("registry ", server_.host(), " failed (500)")));
  Always(WriteResponse(404, {}, "{}"));
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(HttpRegistryNetworkTest, ARefusalNamesWhoRefused) {
  Credential credential;
  credential.username = "user";
  credential.password = "secret";
  Always(WriteResponse(401, {{"WWW-Authenticate", "Basic realm=\"x\""}}, "{}"));
  EXPECT_THAT(Fetch(base::Soon(), credential),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       absl::StrCat("registry ", server_.host(),
                                    " refused the credential (401 Unauthorized)")));
  Always(WriteResponse(
      401,
      {{"WWW-Authenticate", absl::StrCat("Bearer realm=\"http://", server_.host(), "/token\"")}},
      "{}"));
  credential.password = "another";
  EXPECT_THAT(Fetch(base::Soon(), credential),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       absl::StrCat("token service ", server_.host(),
                                    " refused the credential (401 Unauthorized)")));
  // The token service is there, and its tokens are good for nothing.
  SetScript([this](const std::string& request) {
    if (absl::StartsWith(request, "GET /token")) {
      return Answer{WriteResponse(200, {}, R"({"token":"t"})"), Then::kKeepAlive};
    }
    return Answer{WriteResponse(401,
                                {{"WWW-Authenticate", absl::StrCat("Bearer realm=\"http://",
                                                                   server_.host(), "/token\"")}},
                                ""),
                  Then::kKeepAlive};
  });
  credential.password = "a third";
  EXPECT_THAT(Fetch(base::Soon(), credential), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(HttpRegistryNetworkTest, ATokenServiceThatIsNotThereIsNamed) {
  // Named by everything, /v2/ too.
  Always(
      WriteResponse(401, {{"WWW-Authenticate", "Bearer realm=\"https://127.0.0.1:1/token\""}}, ""));
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kUnavailable,
                                absl::StrCat("the token service of registry ", server_.host(),
                                             ": 127.0.0.1:1 refused the connection")));
}

TEST_F(HttpRegistryNetworkTest, ATokenServiceIsNotAskedByPlainHttp) {
  Always(
      WriteResponse(401, {{"WWW-Authenticate", "Bearer realm=\"http://127.0.0.1:1/token\""}}, ""));
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                HasSubstr("127.0.0.1:1 is not to be asked by plain HTTP")));
}

TEST_F(HttpRegistryNetworkTest, ATokenServiceOnThisMachineIsAskedForItsRegistryAlone) {
  ScriptedServer local([](const std::string&) {
    return Answer{WriteResponse(200, {}, R"({"token":"t"})"), Then::kClose};
  });
  const std::string port = local.host().substr(local.host().find(':'));
  SetScript([&](const std::string& request) {
    if (absl::StartsWith(request, "GET /v2/ ")) return Answer{WriteResponse(200, {}, "")};
    return Answer{WriteResponse(
        401,
        {{"WWW-Authenticate", absl::StrCat("Bearer realm=\"https://localhost", port, "/token\"")}},
        "")};
  });
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("gave no token")));
  EXPECT_EQ(local.connections(), 0);
}

TEST_F(HttpRegistryNetworkTest, ARedirectToThisMachineIsNotFollowed) {
  ScriptedServer local([](const std::string&) {
    return Answer{WriteResponse(200, {}, "internal"), Then::kClose};
  });
  const std::string port = local.host().substr(local.host().find(':'));
  for (const char* host : {"127.0.0.1", "localhost", "[::1]", "127.1", "2130706433", "0.0.0.0"}) {
    const std::string target = absl::StrCat("https://", host, port, "/v2/a/manifests/b");
    Always(WriteResponse(307, {{"Location", target}}, ""));
    EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kUnavailable,
                                  HasSubstr("which does not give what was asked for")))
        << host;
  }
  EXPECT_EQ(local.connections(), 0);
}

TEST_F(HttpRegistryNetworkTest, ATokenServiceThatHangsEndsAtTheDeadline) {
  SetScript([this](const std::string& request) {
    if (absl::StartsWith(request, "GET /token")) return Answer{"", Then::kHang};
    return Answer{WriteResponse(401,
                                {{"WWW-Authenticate", absl::StrCat("Bearer realm=\"http://",
                                                                   server_.host(), "/token\"")}},
                                ""),
                  Then::kKeepAlive};
  });
  EXPECT_THAT(Fetch(base::In(absl::Seconds(1))), StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(HttpRegistryNetworkTest, ABodyThatIsCutShortIsUnavailable) {
  Always("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kUnavailable, HasSubstr(server_.host())));
}

TEST_F(HttpRegistryNetworkTest, ABodyThatIsTooLongIsRefused) {
  Always("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{", Then::kHang);
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kResourceExhausted,
                                server_.host() + " sent a larger answer than allowed"));
  Always("HTTP/1.1 200 OK\r\n\r\n" + std::string((4 << 20) + 1, 'x'), Then::kHang);
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kResourceExhausted,
                                server_.host() + " sent a larger answer than allowed"));
}

TEST_F(HttpRegistryNetworkTest, AnotherManifestThanAskedForIsNotTrusted) {
  Always(WriteResponse(200, {}, "other"));
  EXPECT_THAT(
      registry_.FetchManifest(repository_, oci::Digest::Of(kManifest), 100, {}, base::Soon()),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               HasSubstr("sent other bytes than those asked for")));
}

TEST_F(HttpRegistryNetworkTest, ARedirectLoopEnds) {
  Always(WriteResponse(307, {{"Location", "/v2/team/app/manifests/v1"}}, ""), Then::kKeepAlive);
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                server_.host() + " redirects again and again; 5 were followed"));
}

TEST_F(HttpRegistryNetworkTest, ARedirectToAHostThatIsNotNamedInsecureIsRefused) {
  ScriptedServer other([](const std::string&) {
    return Answer{WriteResponse(200, {}, kManifest), Then::kClose};
  });
  Always(WriteResponse(307, {{"Location", absl::StrCat("http://", other.host(), "/")}}, ""));
  EXPECT_THAT(Fetch(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       absl::StrCat(server_.host(), " redirects to plain HTTP on ", other.host())));
  EXPECT_TRUE(other.Requests().empty());
}

TEST_F(HttpRegistryNetworkTest, AHangEndsAtTheDeadline) {
  ASSERT_THAT(registry_.FetchManifestByTag(repository_, "good", {}, base::Soon()), IsOk());
  Always("", Then::kHang);
  EXPECT_THAT(
      Fetch(base::In(absl::Seconds(1))),
      StatusIs(absl::StatusCode::kDeadlineExceeded, server_.host() + " did not answer in time"));
  Always("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", Then::kHang);
  EXPECT_THAT(Fetch(base::In(absl::Seconds(1))), StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(HttpRegistryNetworkTest, ARequestTakesNoLongerThanItsTimeout) {
  ASSERT_THAT(registry_.FetchManifestByTag(repository_, "good", {}, base::Soon()), IsOk());
  Always("", Then::kHang);
  HttpRegistry hasty(
      client_.get(), &base::Clock::Real(),
      {.insecure_registries = {server_.host()}, .request_timeout = absl::Milliseconds(200)});
  EXPECT_THAT(hasty.FetchManifestByTag(repository_, "v1", {}, absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(HttpRegistryNetworkTest, WhatIsNotHttpIsUnavailable) {
  for (const char* bytes : {"", "SSH-2.0-OpenSSH_9.2p1\r\n", "HTTP/1.1\r\n\r\n"}) {
    Always(bytes);
    EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kUnavailable, HasSubstr(server_.host())))
        << bytes;
  }
}

}  // namespace
}  // namespace countersign::registry
