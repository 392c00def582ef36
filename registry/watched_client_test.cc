#include "registry/watched_client.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/fake_clock.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/fake_client.h"
#include "http/client/network_fault.h"

namespace countersign::registry {
namespace {

using base::IsOk;
using base::StatusIs;
using http::ClientRequest;
using http::ClientResponse;
using http::MarkFault;
using http::NetworkFault;
using http::NetworkFaultOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class WatchedClientTest : public testing::Test {
 protected:
  absl::StatusOr<ClientResponse> Send(const std::string& url, bool insecure = false) {
    return client_.Send({.url = url,
                         .headers = {{"Authorization", "secret"}},
                         .insecure_skip_tls_verification = insecure},
                        base::Soon());
  }
  absl::StatusOr<ClientResponse> Send() { return Send("https://reg.example/v2/app/manifests/1"); }
  // The URLs since the last time.
  std::vector<std::string> TakeUrls() {
    std::vector<std::string> urls;
    const std::vector<ClientRequest> all = fake_.Requests();
    for (; taken_ < all.size(); ++taken_) urls.push_back(all[taken_].url);
    return urls;
  }
  static absl::Status NoRoute() {
    return MarkFault(absl::UnavailableError("no route"), NetworkFault::kNotConnected);
  }
  absl::StatusOr<ClientResponse> Hang() {
    clock_.Advance(absl::Seconds(8));
    return MarkFault(absl::DeadlineExceededError("silent"), NetworkFault::kSilent);
  }

  base::FakeClock clock_;
  std::function<absl::StatusOr<ClientResponse>(const ClientRequest&)> world_ =
      [](const ClientRequest&) { return ClientResponse{.status = 200}; };
  http::FakeClient fake_{[this](const ClientRequest& request) { return world_(request); }};
  WatchedClient client_{&fake_, &clock_};
  size_t taken_ = 0;
};

TEST_F(WatchedClientTest, WhatIsAnsweredGoesThrough) {
  EXPECT_THAT(Send(), IsOk());
  EXPECT_THAT(TakeUrls(), ElementsAre("https://reg.example/v2/app/manifests/1"));
}

TEST_F(WatchedClientTest, AfterThreeFailuresNobodyIsAskedAndTheErrorIsOfTheSameKind) {
  for (const NetworkFault fault : {NetworkFault::kNotConnected, NetworkFault::kNoTls}) {
    const std::string url = absl::StrCat("https://", static_cast<int>(fault), ".example/v2/");
    world_ = [fault](const ClientRequest&) {
      return MarkFault(absl::UnavailableError("no route"), fault);
    };
    for (int i = 0; i < 3; ++i) EXPECT_THAT(Send(url), StatusIs(absl::StatusCode::kUnavailable));
    TakeUrls();
    const absl::Status refused = Send(url).status();
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("(no route)")));
    EXPECT_EQ(NetworkFaultOf(refused), NetworkFault::kNotConnected);
    EXPECT_THAT(TakeUrls(), IsEmpty());
  }
}

TEST_F(WatchedClientTest, NoStatusCountsNorIsAConnectionLostOne) {
  int status = 500;
  world_ = [&](const ClientRequest&) { return ClientResponse{.status = status}; };
  for (status = 401; status < 600; ++status) EXPECT_THAT(Send(), IsOk());
  world_ = [&](const ClientRequest&) { return absl::UnavailableError("closed the connection"); };
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(Send().ok());
  EXPECT_FALSE(client_.AwaySince("reg.example").has_value());
  EXPECT_EQ(TakeUrls().size(), 199u + 10u);
}

TEST_F(WatchedClientTest, AProbeAsksTheRootWithoutCredentialsAndItsAnswerLetsTheRequestThrough) {
  world_ = [](const ClientRequest&) { return NoRoute(); };
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(Send().ok());
  TakeUrls();
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE(Send().ok());
  EXPECT_THAT(TakeUrls(), ElementsAre("https://reg.example/v2/"));
  EXPECT_THAT(fake_.Requests().back().headers, IsEmpty());
  world_ = [](const ClientRequest&) { return ClientResponse{.status = 401}; };
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(Send(), IsOk());
  EXPECT_THAT(TakeUrls(),
              ElementsAre("https://reg.example/v2/", "https://reg.example/v2/app/manifests/1"));
  EXPECT_FALSE(client_.AwaySince("reg.example").has_value());
}

TEST_F(WatchedClientTest, APathThatHangsDoesNotEndTheOthers) {
  world_ = [this](const ClientRequest& request) -> absl::StatusOr<ClientResponse> {
    if (absl::StrContains(request.url, "/hostile/")) return Hang();
    return ClientResponse{.status = 200};
  };
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(Send("https://reg.example/v2/hostile/manifests/1").ok());
    EXPECT_FALSE(client_.AwaySince("reg.example").has_value());
    EXPECT_THAT(Send(), IsOk());
  }
}

TEST_F(WatchedClientTest, ARegistryThatIsSilentAltogetherIsAway) {
  world_ = [this](const ClientRequest&) { return Hang(); };
  const absl::Time first = clock_.Now();
  EXPECT_THAT(Send(), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_FALSE(client_.AwaySince("reg.example").has_value());
  TakeUrls();
  EXPECT_FALSE(Send().ok());
  EXPECT_THAT(TakeUrls(), ElementsAre("https://reg.example/v2/"));
  ASSERT_TRUE(client_.AwaySince("reg.example").has_value());
  EXPECT_EQ(client_.AwaySince("reg.example"), first);
  EXPECT_THAT(Send(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(TakeUrls(), IsEmpty());
}

TEST_F(WatchedClientTest, ARegistryIsKnownByItsNameWhateverItsHost) {
  world_ = [](const ClientRequest&) { return NoRoute(); };
  EXPECT_FALSE(Send("https://registry-1.docker.io/v2/library/nginx").ok());
  EXPECT_TRUE(client_.AwaySince("index.docker.io").has_value());
  EXPECT_FALSE(client_.AwaySince("index.docker.io:5000").has_value());
  EXPECT_FALSE(client_.AwaySince("not a host").has_value());
}

TEST_F(WatchedClientTest, ShortSilenceSaysNothing) {
  world_ = [this](const ClientRequest&) {
    clock_.Advance(absl::Seconds(1));
    return MarkFault(absl::DeadlineExceededError("silent"), NetworkFault::kSilent);
  };
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(Send().ok());
  for (const std::string& url : TakeUrls()) EXPECT_THAT(url, HasSubstr("manifests"));
}

// Else whoever has no patience could have a registry count as away.
TEST_F(WatchedClientTest, ShortSilenceOfAProbeSaysNothingEither) {
  absl::Duration patience = absl::Seconds(8);
  world_ = [&](const ClientRequest&) {
    clock_.Advance(patience);
    return MarkFault(absl::DeadlineExceededError("silent"), NetworkFault::kSilent);
  };
  EXPECT_FALSE(Send().ok());
  TakeUrls();
  patience = absl::Milliseconds(50);
  EXPECT_FALSE(Send().ok());
  EXPECT_THAT(TakeUrls(), ElementsAre("https://reg.example/v2/", HasSubstr("manifests")));
  EXPECT_FALSE(client_.AwaySince("reg.example").has_value());
}

TEST_F(WatchedClientTest, InsecureHostsAreAskedByTheirOtherSchemeWhateverFails) {
  world_ = [](const ClientRequest& request) -> absl::StatusOr<ClientResponse> {
    if (absl::StartsWith(request.url, "http://")) return ClientResponse{.status = 200};
    return MarkFault(absl::UnavailableError("no TLS"), NetworkFault::kNoTls);
  };
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(Send("https://plain:5000/v2/app", /*insecure=*/true).ok());
    EXPECT_FALSE(client_.AwaySince("plain:5000").has_value());
    EXPECT_THAT(Send("http://plain:5000/v2/app", /*insecure=*/true), IsOk());
    EXPECT_FALSE(client_.AwaySince("plain:5000").has_value());
  }
}

}  // namespace
}  // namespace countersign::registry
