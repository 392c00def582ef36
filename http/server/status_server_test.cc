#include "http/server/status_server.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/client/curl_client.h"

namespace countersign::http {
namespace {

using base::StatusIs;
using ::testing::HasSubstr;

class StatusServerTest : public testing::Test {
 protected:
  StatusServerTest()
      : server_(*StatusServer::Start({.listen = "127.0.0.1:0",
                                      .check_readiness = [this] { return readiness_; },
                                      .write_metrics = [] { return "up 1\n"; }})),
        client_(*CurlClient::Create({})) {}

  ClientResponse Ask(const std::string& path, const std::string& method = "GET") {
    return *client_->Send(
        {.method = method, .url = absl::StrCat("http://127.0.0.1:", server_->port(), path)},
        base::Soon());
  }

  Readiness readiness_;
  std::unique_ptr<StatusServer> server_;
  std::unique_ptr<CurlClient> client_;
};

TEST_F(StatusServerTest, IsLiveWhetherReadyOrNot) {
  EXPECT_EQ(Ask("/livez").status, 200);
  readiness_.is_ready = true;
  EXPECT_EQ(Ask("/livez").status, 200);
  EXPECT_EQ(Ask("/livez").body, "ok\n");
}

TEST_F(StatusServerTest, SaysWhetherItIsReadyAndWhy) {
  readiness_.details = {"the policy has not been read yet"};
  EXPECT_EQ(Ask("/readyz").status, 503);
  EXPECT_EQ(Ask("/readyz").body, "not ready\nthe policy has not been read yet\n");
  readiness_ = {.is_ready = true, .details = {"a\nforged: line", "b"}};
  EXPECT_EQ(Ask("/readyz").status, 200);
  EXPECT_EQ(Ask("/readyz").body, "ready\na\\x0aforged: line\nb\n");
}

TEST_F(StatusServerTest, GivesTheMetrics) {
  const ClientResponse response = Ask("/metrics");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "up 1\n");
  EXPECT_THAT(std::string(response.FindHeader("content-type").value_or("")),
              HasSubstr("version=0.0.4"));
}

TEST_F(StatusServerTest, RefusesEverythingElse) {
  EXPECT_EQ(Ask("/").status, 404);
  EXPECT_EQ(Ask("/metrics/").status, 404);
  EXPECT_EQ(Ask("/readyz", "POST").status, 405);
  EXPECT_EQ(Ask("/livez", "HEAD").status, 200);
}

TEST_F(StatusServerTest, NamesTheFlagWhenItCannotListen) {
  EXPECT_THAT(
      StatusServer::Start({.listen = absl::StrCat("127.0.0.1:", server_->port())}).status(),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("--status-listen: cannot listen on")));
  EXPECT_THAT(StatusServer::Start({.listen = "8080"}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--status-listen")));
}

}  // namespace
}  // namespace countersign::http
