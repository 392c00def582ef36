#include "registry/paced_client.h"

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/client/fake_client.h"

namespace countersign::registry {
namespace {

using http::ClientRequest;
using http::ClientResponse;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kManifest[] = "https://reg.example/v2/app/manifests/1";
constexpr char kRoot[] = "https://reg.example/v2/";

ClientResponse TooMany(const std::string& retry_after) {
  ClientResponse response{.status = 429};
  response.headers = {{"retry-after", retry_after}};
  return response;
}

class PacedClientTest : public testing::Test {
 protected:
  int Send(absl::Time deadline = base::Soon()) {
    const absl::StatusOr<ClientResponse> response = client_.Send({.url = kManifest}, deadline);
    return response.ok() ? response->status : 0;
  }
  // The URLs since the last time.
  std::vector<std::string> TakeUrls() {
    std::vector<std::string> urls;
    const std::vector<ClientRequest> all = fake_.Requests();
    for (; taken_ < all.size(); ++taken_) urls.push_back(all[taken_].url);
    return urls;
  }

  base::FakeClock clock_;
  std::function<absl::StatusOr<ClientResponse>(const ClientRequest&)> world_ =
      [](const ClientRequest&) { return ClientResponse{.status = 200}; };
  http::FakeClient fake_{[this](const ClientRequest& request) { return world_(request); }};
  PacedClient client_{&fake_, &clock_};
  size_t taken_ = 0;
};

TEST_F(PacedClientTest, WhatIsAnsweredGoesThrough) {
  for (const int status : {200, 401, 404, 500}) {
    world_ = [status](const ClientRequest&) { return ClientResponse{.status = status}; };
    EXPECT_EQ(Send(), status);
    EXPECT_THAT(TakeUrls(), ElementsAre(kManifest));
  }
  world_ = [](const ClientRequest&) { return absl::UnavailableError("closed"); };
  EXPECT_EQ(Send(), 0);
}

TEST_F(PacedClientTest, WhoIsSentOnToAHostThatNobodyNamedTakesNoTurnOfOthers) {
  world_ = [](const ClientRequest&) { return TooMany("1"); };
  EXPECT_EQ(Send(), 429);
  world_ = [](const ClientRequest&) { return ClientResponse{.status = 200}; };
  TakeUrls();
  const ClientRequest sent_on = {.url = kManifest, .refuse_local_addresses = true};
  EXPECT_EQ(client_.Send(sent_on, base::Soon())->status, 429);
  EXPECT_THAT(TakeUrls(), IsEmpty());
  // As long as that is one of somebody's.
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(client_.Send(sent_on, base::Soon())->status, 200);
}

TEST_F(PacedClientTest, WhatOnePathWantsSlowsNobodyDown) {
  world_ = [](const ClientRequest& request) {
    return request.url == kRoot ? ClientResponse{.status = 401} : TooMany("30");
  };
  EXPECT_EQ(Send(), 429);
  EXPECT_THAT(TakeUrls(), ElementsAre(kManifest, kRoot));
  // Nor does one whose root says nothing.
  world_ = [](const ClientRequest& request) -> absl::StatusOr<ClientResponse> {
    if (request.url == kRoot) return absl::UnavailableError("closed");
    return TooMany("30");
  };
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Send(), 429);
  EXPECT_THAT(TakeUrls(), ElementsAre(kManifest, kRoot));
  EXPECT_EQ(Send(), 429);
  EXPECT_THAT(TakeUrls(), ElementsAre(kManifest));
}

TEST_F(PacedClientTest, AProbeCarriesNoCredential) {
  world_ = [](const ClientRequest&) { return TooMany("30"); };
  const auto response =
      client_.Send({.url = kManifest, .headers = {{"Authorization", "secret"}}}, base::Soon());
  EXPECT_EQ(fake_.Requests().back().url, kRoot);
  EXPECT_THAT(fake_.Requests().back().headers, IsEmpty());
}

TEST_F(PacedClientTest, WhoCannotWaitSoLongIsAnsweredAsTheHostWould) {
  world_ = [](const ClientRequest&) { return TooMany("30"); };
  EXPECT_EQ(Send(), 429);
  TakeUrls();
  clock_.Advance(absl::Seconds(20.5));
  const auto response = client_.Send({.url = kManifest}, base::Soon());
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 429);
  EXPECT_EQ(response->FindHeader("retry-after"), "10");
  EXPECT_THAT(TakeUrls(), IsEmpty());
}

TEST_F(PacedClientTest, WhoCanWaits) {
  world_ = [](const ClientRequest&) { return TooMany("3"); };
  EXPECT_EQ(Send(), 429);
  TakeUrls();
  // His own time is too short.
  EXPECT_EQ(Send(base::In(absl::Seconds(2))), 429);
  EXPECT_THAT(TakeUrls(), IsEmpty());
  world_ = [](const ClientRequest&) { return ClientResponse{.status = 200}; };
  int status = 0;
  std::thread waiting([&] { status = Send(base::In(absl::Minutes(10))); });
  EXPECT_TRUE(base::Eventually([&] { return clock_.waits() > 0; }));
  EXPECT_THAT(TakeUrls(), IsEmpty());
  clock_.Advance(absl::Seconds(3));
  waiting.join();
  EXPECT_EQ(status, 200);
  EXPECT_THAT(TakeUrls(), ElementsAre(kManifest));
}

}  // namespace
}  // namespace countersign::registry
