#include "http/server/statusz_server.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/client/curl_client.h"
#include "http/server/html_page.h"

namespace countersign::http {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNull;

constexpr StatuszPort kAnyPort = {.port = 0, .is_given = true};

class StatuszServerTest : public testing::Test {
 protected:
  StatuszServerTest()
      : server_(*StatuszServer::Start(kAnyPort, [] { return "<p>all</p>"; })),
        client_(*CurlClient::Create({})) {}

  ClientResponse Ask(const std::string& path, const std::string& method = "GET",
                     const std::string& host = "localhost:1") {
    return *client_->Send({.method = method,
                           .url = absl::StrCat("http://127.0.0.1:", server_->port(), path),
                           .headers = {{"Host", host}}},
                          base::Soon());
  }

  std::unique_ptr<StatuszServer> server_;
  std::unique_ptr<CurlClient> client_;
};

TEST_F(StatuszServerTest, ServesThePage) {
  const ClientResponse response = Ask("/statusz");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "<p>all</p>");
  EXPECT_EQ(response.FindHeader("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(Ask("/statusz?x=y").status, 200);
  EXPECT_EQ(Ask("/statusz", "HEAD").status, 200);
}

TEST_F(StatuszServerTest, LetsNothingRunBeLoadedFramedOrKept) {
  for (const char* path : {"/statusz", "/other"}) {
    const ClientResponse response = Ask(path);
    EXPECT_EQ(
        response.FindHeader("content-security-policy"),
        absl::StrCat("default-src 'none'; style-src ", HtmlStyleHash(),
                     "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"));
    EXPECT_EQ(response.FindHeader("cache-control"), "no-store");
    EXPECT_EQ(response.FindHeader("x-content-type-options"), "nosniff");
    EXPECT_EQ(response.FindHeader("x-frame-options"), "DENY");
    EXPECT_EQ(response.FindHeader("cross-origin-resource-policy"), "same-origin");
    EXPECT_FALSE(response.FindHeader("set-cookie").has_value());
    EXPECT_FALSE(response.FindHeader("access-control-allow-origin").has_value());
  }
}

TEST_F(StatuszServerTest, AnswersOnlyWhoAsksThisMachineForIt) {
  EXPECT_EQ(Ask("/statusz", "GET", "evil.example").status, 421);
  EXPECT_EQ(Ask("/statusz", "GET", absl::StrCat("localhost.evil.example:", server_->port())).status,
            421);
  EXPECT_THAT(Ask("/statusz", "GET", "evil.example").body, Not(HasSubstr("all")));
}

TEST_F(StatuszServerTest, RefusesEverythingElse) {
  EXPECT_EQ(Ask("/").status, 404);
  EXPECT_EQ(Ask("/metrics").status, 404);
  EXPECT_EQ(Ask("/statusz/").status, 404);
  EXPECT_EQ(Ask("/statusz", "POST").status, 405);
  EXPECT_EQ(Ask("/statusz", "DELETE").status, 405);
}

TEST_F(StatuszServerTest, APortThatIsTakenIsAnErrorOnlyWhereItWasAskedFor) {
  const int taken = server_->port();
  EXPECT_THAT(
      StatuszServer::Start({.port = taken, .is_given = true}, nullptr).status(),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("--statusz-port: cannot listen on")));
  std::vector<std::string> lines;
  const base::ScopedLogSink sink([&](std::string_view line) { lines.emplace_back(line); });
  EXPECT_THAT(StatuszServer::Start({.port = taken}, nullptr), IsOkAndHolds(IsNull()));
  EXPECT_THAT(lines, ElementsAre(HasSubstr("There is no /statusz.")));
}

TEST(AnswerStatusz, WhoSaysNoHostIsNotAnswered) {
  const auto page = [] { return std::string("all"); };
  EXPECT_EQ(AnswerStatusz(page, {.method = "GET", .path = "/statusz"}).status, 421);
  EXPECT_EQ(AnswerStatusz(page, {.method = "GET", .path = "/statusz", .host = "localhost"}).status,
            200);
}

TEST(IsLoopbackHost, IsItWithAnyPort) {
  for (const char* host : {"localhost", "LocalHost:80", "127.0.0.1", "127.0.0.1:9099", "[::1]",
                           "[::1]:65535", "localhost:1"}) {
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  }
}

TEST(IsLoopbackHost, IsNothingElse) {
  for (const char* host :
       {"", ":80", "evil.example", "localhost.evil.example", "localhost:", "localhost:x",
        "localhost:123456", "localhost:80:80", "127.0.0.1.evil.example", "127.0.0.2", "::1", "[::1",
        "[::2]", "x@localhost", "localhost.", " localhost", "localhost/", "0.0.0.0", "[::1]x:80"}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

StatuszPort Parsed(std::vector<std::string> arguments) {
  CLI::App app;
  StatuszPort port;
  AddStatuszFlag(&app, 9099, &port);
  app.parse(std::move(arguments));
  return port;
}

TEST(AddStatuszFlag, TakesAPortOrOff) {
  EXPECT_EQ(Parsed({}).port, 9099);
  EXPECT_FALSE(Parsed({}).is_given);
  EXPECT_EQ(Parsed({"--statusz-port=0"}).port, 0);
  EXPECT_TRUE(Parsed({"--statusz-port=0"}).is_given);
  EXPECT_EQ(Parsed({"--statusz-port=65535"}).port, 65535);
  EXPECT_LT(Parsed({"--statusz-port=off"}).port, 0);
  EXPECT_THAT(StatuszServer::Start(Parsed({"--statusz-port=off"}), nullptr),
              IsOkAndHolds(IsNull()));
  for (const char* wrong : {"", "-1", "65536", "9099x", "127.0.0.1:9099", "Off", "99999999999"}) {
    EXPECT_THROW(Parsed({absl::StrCat("--statusz-port=", wrong)}), CLI::Error) << wrong;
  }
}

}  // namespace
}  // namespace countersign::http
