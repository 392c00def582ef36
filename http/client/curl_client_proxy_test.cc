// CurlClient behind a proxy that fails: whose fault it says it is.

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/client/curl_client.h"
#include "http/client/proxy.h"
#include "http/client/scripted_server.h"

namespace countersign::http {
namespace {

using base::IsOk;
using base::StatusIs;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using Answer = ScriptedServer::Answer;

// The environment is the process's own: each test sets what it needs before it makes its client.
class CurlClientProxyTest : public testing::Test {
 protected:
  CurlClientProxyTest() {
    for (const char* name : {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY",
                             "no_proxy", "ALL_PROXY", "all_proxy"}) {
      unsetenv(name);
    }
  }
  ~CurlClientProxyTest() override {
    for (const char* name : {"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"}) unsetenv(name);
  }

  absl::StatusOr<ClientResponse> Get(std::string_view url, CurlClient::Options options = {}) {
    absl::StatusOr<std::unique_ptr<CurlClient>> client = CurlClient::Create(options);
    if (!client.ok()) return client.status();
    ClientRequest request;
    request.url = std::string(url);
    return (*client)->Send(request, base::Soon());
  }
};

TEST_F(CurlClientProxyTest, ARefusalIsTheProxysAndItsPasswordIsNotShown) {
  const struct {
    std::string bytes;
    std::string words;
  } kCases[] = {
      {WriteResponse(403, {}, "no"), "refused to connect to the server (403 Forbidden)"},
      {WriteResponse(407, {{"Proxy-Authenticate", "Basic realm=x"}}, ""),
       "wants a user name and a password, or others (407 Proxy Authentication Required)"},
      {WriteResponse(502, {}, "no"), "could not reach the server (502 Bad Gateway)"},
      {WriteResponse(503, {}, "no"), "could not reach the server (503)"},
      {"", "closed the connection without an answer"},
      {"SSH-2.0-OpenSSH_9.2p1\r\n\r\n", "closed the connection without an answer"},
  };
  for (const auto& [bytes, words] : kCases) {
    const ScriptedServer proxy([&bytes = bytes](const std::string&) { return Answer{bytes}; });
    setenv("HTTPS_PROXY", absl::StrCat("http://user:secret@", proxy.host()).c_str(), 1);
    const absl::Status status = Get("https://registry.example/v2/").status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable,
                                 absl::StrCat("the proxy ", proxy.host(), " ", words)));
    EXPECT_TRUE(IsProxyFault(status)) << words;
    EXPECT_THAT(proxy.Requests().front(), StartsWith("CONNECT registry.example:443 HTTP/1.1\r\n"));
  }
}

TEST_F(CurlClientProxyTest, AProxyThatIsNotThereIsNamed) {
  setenv("HTTPS_PROXY", "http://127.0.0.1:1", 1);
  EXPECT_THAT(
      Get("https://registry.example/").status(),
      StatusIs(absl::StatusCode::kUnavailable, "the proxy 127.0.0.1:1 refused the connection"));
  setenv("HTTPS_PROXY", "http://proxy.invalid:3128", 1);
  EXPECT_THAT(Get("https://registry.example/").status(),
              StatusIs(absl::StatusCode::kUnavailable,
                       "the proxy proxy.invalid:3128 cannot be resolved: no address for this "
                       "name"));
}

TEST_F(CurlClientProxyTest, AProxysTlsIsItsOwn) {
  const ScriptedServer plain([](const std::string&) { return Answer{WriteResponse(400, {}, "")}; });
  setenv("HTTPS_PROXY", absl::StrCat("https://", plain.host()).c_str(), 1);
  EXPECT_THAT(Get("https://registry.example/").status(),
              StatusIs(absl::StatusCode::kUnavailable,
                       absl::StrCat("the proxy ", plain.host(),
                                    " could not agree on TLS, or does not speak it")));
}

TEST_F(CurlClientProxyTest, WhoIsBehindAProxyThatConnectsIsToBlameHimself) {
  const ScriptedServer proxy([](const std::string& request) {
    if (absl::StartsWith(request, "CONNECT")) {
      return Answer{"HTTP/1.1 200 OK\r\n\r\nnot TLS at all"};
    }
    return Answer{""};
  });
  setenv("HTTPS_PROXY", absl::StrCat("http://", proxy.host()).c_str(), 1);
  const absl::Status status = Get("https://registry.example/").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, StartsWith("registry.example ")));
  EXPECT_FALSE(IsProxyFault(status));
}

TEST_F(CurlClientProxyTest, PlainHttpGoesThroughTheProxyTooAnd407IsItsOwn) {
  const ScriptedServer proxy([](const std::string& request) {
    return Answer{WriteResponse(absl::StrContains(request, "/open") ? 200 : 407, {}, "x")};
  });
  setenv("HTTP_PROXY", proxy.host().c_str(), 1);
  EXPECT_THAT(Get("http://registry.example/open"), IsOk());
  EXPECT_THAT(proxy.Requests(),
              ElementsAre(StartsWith("GET http://registry.example/open HTTP/1.1\r\n")));
  EXPECT_TRUE(IsProxyFault(Get("http://registry.example/").status()));
}

TEST_F(CurlClientProxyTest, NoProxyAndLoopbackGoDirectly) {
  const ScriptedServer server(
      [](const std::string&) { return Answer{WriteResponse(200, {}, "direct")}; });
  setenv("HTTP_PROXY", "http://127.0.0.1:1", 1);
  EXPECT_THAT(Get(absl::StrCat("http://", server.host(), "/")), IsOk());
  EXPECT_TRUE(IsProxyFault(Get("http://registry.invalid/").status()));
  setenv("NO_PROXY", "*.invalid", 1);
  EXPECT_THAT(
      Get("http://registry.invalid/").status(),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("registry.invalid cannot be resolved")));
}

TEST_F(CurlClientProxyTest, AClientMayBeToldToHaveNone) {
  setenv("HTTP_PROXY", "http://127.0.0.1:1", 1);
  CurlClient::Options options;
  options.use_proxies = false;
  EXPECT_FALSE(IsProxyFault(Get("http://registry.invalid/", options).status()));
}

TEST_F(CurlClientProxyTest, AVariableThatIsNoProxyIsRefusedAtTheStart) {
  setenv("HTTPS_PROXY", "ftp://user:secret@proxy.example", 1);
  EXPECT_THAT(Get("https://registry.example/").status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       testing::AllOf(HasSubstr("HTTPS_PROXY is no URL of a proxy"),
                                      testing::Not(HasSubstr("secret")))));
}

}  // namespace
}  // namespace countersign::http
