#include "registry/warm_connections.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/metrics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/client/fake_client.h"
#include "registry/registry_state.h"

namespace countersign::registry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class WarmConnectionsTest : public testing::Test {
 protected:
  void Name(const std::vector<std::string>& hosts) {
    absl::MutexLock lock(&mutex_);
    named_ = std::make_shared<const absl::flat_hash_set<std::string>>(hosts.begin(), hosts.end());
  }
  void SetState(RegistryState state) {
    absl::MutexLock lock(&mutex_);
    states_ = {std::move(state)};
  }

  void Start(std::vector<std::string> insecure = {}) {
    WarmConnections::Options options;
    options.named = [this] {
      absl::MutexLock lock(&mutex_);
      return named_;
    };
    options.states = [this] {
      absl::MutexLock lock(&mutex_);
      return states_;
    };
    options.is_away = [](std::string_view registry) { return registry == "away.example"; };
    options.insecure_registries = std::move(insecure);
    options.metrics = &metrics_;
    options.clock = &clock_;
    warm_.emplace(&client_, std::move(options));
    EXPECT_TRUE(clock_.AwaitLook());
  }
  // All that is to be done by then has been done when this returns.
  void Pass(absl::Duration time, absl::Duration step = WarmConnections::kLook) {
    const absl::Time end = clock_.Now() + time;
    while (clock_.Now() < end) {
      clock_.Advance(step);
      EXPECT_TRUE(clock_.AwaitLook());
    }
  }
  std::vector<std::string> TakeUrls() {
    std::vector<std::string> urls;
    const std::vector<http::ClientRequest> requests = client_.Requests();
    for (size_t i = taken_; i < requests.size(); ++i) {
      EXPECT_THAT(requests[i].headers, IsEmpty());
      EXPECT_FALSE(requests[i].insecure_skip_tls_verification);
      urls.push_back(absl::StrCat(requests[i].method, " ", requests[i].url));
    }
    taken_ = requests.size();
    return urls;
  }

  base::FakeClock clock_;
  base::Metrics metrics_;
  absl::Mutex mutex_;
  WarmConnections::Hosts named_ = std::make_shared<const absl::flat_hash_set<std::string>>();
  std::vector<RegistryState> states_;
  absl::StatusOr<http::ClientResponse> answer_ = http::ClientResponse{.status = 401};
  http::FakeClient client_{[this](const http::ClientRequest&) {
    absl::MutexLock lock(&mutex_);
    return answer_;
  }};
  size_t taken_ = 0;
  std::optional<WarmConnections> warm_;
};

TEST_F(WarmConnectionsTest, EachIsAskedAtTheStartAndBeforeItsConnectionIsClosed) {
  Name({"b.example", "a.example:5000", "index.docker.io"});
  Start();
  EXPECT_THAT(TakeUrls(), ElementsAre("GET https://a.example:5000/v2/", "GET https://b.example/v2/",
                                      "GET https://registry-1.docker.io/v2/"));
  Name({"b.example"});
  Pass(WarmConnections::kInterval - absl::Seconds(1));
  EXPECT_THAT(TakeUrls(), IsEmpty());
  Pass(absl::Seconds(1));
  EXPECT_THAT(TakeUrls(), ElementsAre("GET https://b.example/v2/"));
}

TEST_F(WarmConnectionsTest, OneThatAPolicyNamesAnewIsAskedSoon) {
  Start();
  EXPECT_THAT(TakeUrls(), IsEmpty());
  Name({"a.example"});
  Pass(absl::Seconds(1));
  EXPECT_THAT(TakeUrls(), ElementsAre("GET https://a.example/v2/"));
  Name({"a.example", "b.example"});
  Pass(absl::Seconds(1));
  EXPECT_THAT(TakeUrls(), ElementsAre("GET https://b.example/v2/"));
}

TEST_F(WarmConnectionsTest, WhereSomebodyAsksNothingIsSent) {
  Name({"a.example"});
  SetState({.host = "a.example", .in_progress = 1});
  Start();
  Pass(absl::Minutes(5), absl::Seconds(10));
  EXPECT_THAT(TakeUrls(), IsEmpty());
  SetState({.host = "a.example", .last_success = clock_.Now()});
  Pass(WarmConnections::kInterval - absl::Seconds(1));
  EXPECT_THAT(TakeUrls(), IsEmpty());
  Pass(absl::Seconds(1));
  EXPECT_THAT(TakeUrls(), SizeIs(1));
}

TEST_F(WarmConnectionsTest, WhoDoesNotAnswerIsAskedMoreAndMoreSeldom) {
  {
    absl::MutexLock lock(&mutex_);
    answer_ = absl::UnavailableError("away");
  }
  Name({"a.example"});
  Start();
  Pass(absl::Hours(1), absl::Seconds(10));
  // After 0, 50, 150, 350, 750 seconds, and then every ten minutes.
  EXPECT_THAT(TakeUrls(), SizeIs(9));
  EXPECT_THAT(metrics_.WriteText(),
              HasSubstr("countersign_registry_warm_requests_total{outcome=\"failed\"} 9"));
}

TEST_F(WarmConnectionsTest, TenThousandNamesAreSixteen) {
  std::vector<std::string> hosts;
  for (int i = 10'000; i < 20'000; ++i) hosts.push_back(absl::StrCat("h", i, ".example"));
  Name(hosts);
  Start();
  const std::vector<std::string> urls = TakeUrls();
  EXPECT_THAT(urls, SizeIs(WarmConnections::kMostRegistries));
  EXPECT_EQ(urls.front(), "GET https://h10000.example/v2/");
}

TEST_F(WarmConnectionsTest, NeitherTheInsecureNorThoseThatAreAwayAreAsked) {
  Name({"away.example", "plain.example:5000", "not a host"});
  Start({"plain.example:5000"});
  Pass(absl::Minutes(2), absl::Seconds(10));
  EXPECT_THAT(TakeUrls(), IsEmpty());
}

}  // namespace
}  // namespace countersign::registry
