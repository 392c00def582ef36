#include "kube/client/api_connection.h"

#include <sys/stat.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/scripted_server.h"
#include "kube/client/counting_plugin.h"

namespace countersign::kube {
namespace {

using absl::StatusCode;
using base::IsOk;
using base::StatusIs;
using http::ScriptedServer;
using http::WriteResponse;
using testing::HasSubstr;

std::string WriteFile(const std::string& name, const std::string& bytes) {
  const std::string file = absl::StrCat(testing::TempDir(), "/", name);
  std::ofstream(file) << bytes;
  return file;
}

class ApiConnectionTest : public testing::Test {
 protected:
  // Takes the token `wanted_` alone.
  ScriptedServer::Answer Serve(const std::string& request) {
    const std::string wanted = absl::StrCat("Authorization: Bearer ", wanted_.load(), "\r\n");
    const int status = absl::StrContains(request, wanted) ? 200 : 401;
    return {WriteResponse(status, {}, ""), ScriptedServer::Answer::Then::kKeepAlive};
  }

  void Connect(ClusterConfig config, absl::Duration reread_interval = absl::Hours(1)) {
    config.server = absl::StrCat("http://", server_.host());
    connection_ =
        *ApiConnection::Create(config, {.reread_interval = reread_interval, .clock = &clock_});
  }

  int Get() {
    const absl::StatusOr<http::ClientResponse> response =
        connection_->Send({.path = "/x"}, base::Soon());
    EXPECT_THAT(response, IsOk());
    return response.ok() ? response->status : 0;
  }

  // Files and plugins are not asked again within a second, and a refusal is one request's.
  int GetLater() {
    clock_.Advance(absl::Seconds(1));
    return Get();
  }

  std::atomic<int> wanted_ = 1;
  ScriptedServer server_{[this](const std::string& request) { return Serve(request); }};
  base::FakeClock clock_;
  std::shared_ptr<ApiConnection> connection_;
};

TEST_F(ApiConnectionTest, ARotatedTokenFileIsReadWhenTheOldTokenIsRefused) {
  Connect({.token_file = WriteFile("token", "1")});
  EXPECT_EQ(Get(), 200);
  wanted_ = 2;
  EXPECT_EQ(Get(), 401);
  WriteFile("token", "2");
  EXPECT_EQ(Get(), 401);
  EXPECT_EQ(GetLater(), 200);
}

TEST_F(ApiConnectionTest, ARotatedTokenFileIsReadInTime) {
  Connect({.token_file = WriteFile("token", "1")}, absl::Minutes(1));
  EXPECT_EQ(Get(), 200);
  WriteFile("token", "2");
  clock_.Advance(absl::Seconds(59));
  EXPECT_EQ(Get(), 200);
  EXPECT_EQ(GetLater(), 401);
}

TEST_F(ApiConnectionTest, AFileThatCannotBeReadAnyMoreLeavesWhatItSaidLast) {
  std::atomic<int> warnings = 0;
  const base::ScopedLogSink sink([&](std::string_view) { ++warnings; });
  const std::string file = WriteFile("token", "1");
  Connect({.token_file = file}, absl::Seconds(1));
  EXPECT_EQ(Get(), 200);
  std::remove(file.c_str());
  EXPECT_EQ(warnings, 0);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(GetLater(), 200);
  EXPECT_EQ(warnings, 1);
}

TEST_F(ApiConnectionTest, AFileThatCannotBeReadIsLookedForSoonerThanUsual) {
  const std::string file = WriteFile("token", "1");
  Connect({.token_file = file}, absl::Hours(1));
  EXPECT_EQ(Get(), 200);
  std::remove(file.c_str());
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(Get(), 200);
  WriteFile("token", "2");
  clock_.Advance(absl::Seconds(4));
  EXPECT_EQ(Get(), 200);
  EXPECT_EQ(GetLater(), 401);
}

TEST_F(ApiConnectionTest, APluginIsRunAgainWhenWhatItGaveEnds) {
  // Ten seconds before, so that no request is on its way at the end.
  Connect({.exec = MakeCountingPlugin(clock_.Now() + absl::Minutes(1))});
  EXPECT_EQ(Get(), 200);
  clock_.Advance(absl::Seconds(49));
  EXPECT_EQ(Get(), 200);
  wanted_ = 2;
  EXPECT_EQ(GetLater(), 200);
  EXPECT_EQ(server_.Requests().size(), 3u) << "the API server had to refuse what had ended";
}

TEST_F(ApiConnectionTest, APluginWhoseTokensHaveEndedAlreadyIsNotRunForEachRequest) {
  Connect({.exec = MakeCountingPlugin(clock_.Now() - absl::Hours(1))});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Get(), 200);
  wanted_ = 2;
  EXPECT_EQ(GetLater(), 200);
  EXPECT_EQ(server_.Requests().size(), 21u) << "the API server had to refuse what had ended";
}

TEST_F(ApiConnectionTest, ARefusedPluginIsRunAgain) {
  Connect({.exec = MakeCountingPlugin()});
  EXPECT_EQ(Get(), 200);
  EXPECT_EQ(Get(), 200);
  wanted_ = 2;
  EXPECT_EQ(GetLater(), 200);
}

TEST_F(ApiConnectionTest, ARefusedPluginIsRunAgainOnceForAllWhoWereRefused) {
  Connect({.exec = MakeCountingPlugin()});
  EXPECT_EQ(Get(), 200);
  wanted_ = 2;
  clock_.Advance(absl::Seconds(1));
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([this] { EXPECT_EQ(Get(), 200); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Get(), 200);
}

TEST_F(ApiConnectionTest, APluginThatFailsIsTheErrorOfEachRequest) {
  Connect({.exec = ExecPlugin{.command = "/no/such/plugin"}});
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(connection_->Send({.path = "/x"}, base::Soon()),
                StatusIs(StatusCode::kFailedPrecondition, HasSubstr("/no/such/plugin")));
  }
  EXPECT_TRUE(server_.Requests().empty());
}

TEST_F(ApiConnectionTest, APluginThatHangsHoldsNobodyBeyondItsDeadline) {
  const std::string plugin = WriteFile("plugin", "#!/bin/sh\nsleep 2\n");
  chmod(plugin.c_str(), 0755);
  Connect(
      {.exec = ExecPlugin{.api_version = "client.authentication.k8s.io/v1", .command = plugin}});
  EXPECT_THAT(connection_->Send({.path = "/x"}, base::In(absl::Milliseconds(100))),
              StatusIs(StatusCode::kDeadlineExceeded));
}

TEST(ApiConnection, AServerThatIsBusyIsAskedAgainWhenItSays) {
  std::atomic<int> requests = 0;
  const ScriptedServer server([&](const std::string&) {
    const bool busy = ++requests <= 1;
    return ScriptedServer::Answer{busy ? WriteResponse(429, {{"Retry-After", "20"}}, "")
                                       : WriteResponse(200, {}, "")};
  });
  ClusterConfig config;
  config.server = absl::StrCat("http://", server.host());
  base::FakeClock clock;
  const auto connection = *ApiConnection::Create(config, {.clock = &clock});
  EXPECT_EQ(connection->Send({.path = "/x"}, base::In(absl::Seconds(15)))->status, 429);
  EXPECT_EQ(clock.waits(), 0u);
  requests = 0;
  std::thread sending(
      [&] { EXPECT_EQ(connection->Send({.path = "/x"}, base::Soon())->status, 200); });
  EXPECT_TRUE(base::Eventually([&] { return clock.waits() == 1; }));
  EXPECT_EQ(requests, 1);
  clock.Advance(absl::Seconds(20));
  sending.join();
  EXPECT_EQ(requests, 2);
}

TEST(ApiConnection, WhatCannotBeUsedIsSaidAtTheStart) {
  ClusterConfig config;
  config.server = "https://127.0.0.1:1";
  config.token_file = "/no/such/token";
  EXPECT_THAT(ApiConnection::Create(config),
              StatusIs(StatusCode::kNotFound, HasSubstr("/no/such/token")));
  config.token_file.clear();
  config.certificate_authority.file = WriteFile("ca.crt", "nothing");
  EXPECT_THAT(
      ApiConnection::Create(config),
      StatusIs(StatusCode::kInvalidArgument, HasSubstr("/ca.crt: holds no PEM certificate")));
  config.certificate_authority = {.pem = "nothing"};
  EXPECT_THAT(ApiConnection::Create(config),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("certificate-authority-data: ")));
}

}  // namespace
}  // namespace countersign::kube
