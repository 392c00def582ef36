// What becomes of who can wait for a repository that wants to be asked later (429).

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "registry/http_registry.h"
#include "registry/http_registry_fixture.h"

namespace countersign::registry {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using http::ClientRequest;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class BusyRegistryTest : public HttpRegistryTest {
 protected:
  absl::StatusOr<std::string> Fetch(absl::Duration time) {
    return patient_.FetchManifest(repository_, digest_, 4 << 20, {}, base::In(time));
  }
  // Its outcome, with the clock going on whenever it waits.
  absl::StatusOr<std::string> FetchWhileTimePasses() {
    absl::StatusOr<std::string> fetched;
    std::atomic<bool> is_done = false;
    std::thread fetching([&] {
      fetched = Fetch(absl::Seconds(100));
      is_done = true;
    });
    uint64_t seen = waits_;
    EXPECT_TRUE(base::Eventually([&] {
      if (clock_.waits() > seen) {
        ++seen;
        clock_.Advance(absl::Seconds(1));
      }
      return is_done.load();
    }));
    fetching.join();
    waits_ = clock_.waits();
    return fetched;
  }

  HttpRegistry patient_{
      &client_, &clock_, {.request_timeout = absl::Seconds(100), .patience = absl::Seconds(5)}};
  uint64_t waits_ = 0;
};

TEST_F(BusyRegistryTest, WhoCanWaitIsAnsweredThen) {
  std::atomic<int> refusals = 2;
  world_ = [&refusals](const ClientRequest&) {
    return refusals-- > 0 ? Respond(429, {{"retry-after", "1"}}) : Respond(200, {}, kManifest);
  };
  EXPECT_THAT(FetchWhileTimePasses(), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests(), SizeIs(3));
}

TEST_F(BusyRegistryTest, WhoComesMeanwhileWaitsWithoutAsking) {
  world_ = [](const ClientRequest&) { return Respond(429, {{"retry-after", "1"}}); };
  EXPECT_THAT(Fetch(absl::Seconds(1)), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(TakeRequests(), SizeIs(1));
  world_ = [](const ClientRequest&) { return Respond(200, {}, kManifest); };
  EXPECT_THAT(FetchWhileTimePasses(), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests(), SizeIs(1));
}

TEST_F(BusyRegistryTest, ItIsAskedAFewTimesAtTheMost) {
  world_ = [](const ClientRequest&) { return Respond(429, {{"retry-after", "1"}}); };
  EXPECT_THAT(FetchWhileTimePasses(), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(TakeRequests(), SizeIs(4));
}

TEST_F(BusyRegistryTest, NobodyWaitsLongerThanHeMayOrForWhatComesTooLate) {
  world_ = [](const ClientRequest&) { return Respond(429, {{"retry-after", "6"}}); };
  EXPECT_THAT(Fetch(absl::Seconds(100)), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(Fetch(absl::Seconds(100)), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(TakeRequests(), SizeIs(1));
  clock_.Advance(absl::Seconds(2));
  // Four seconds are left, which he has not.
  EXPECT_THAT(Fetch(absl::Seconds(4)), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(TakeRequests(), IsEmpty());
  EXPECT_EQ(clock_.waits(), 0u);
}

TEST_F(BusyRegistryTest, WhoIsRefusedDoesNotWait) {
  world_ = [](const ClientRequest&) { return Respond(403); };
  EXPECT_FALSE(
      patient_.FetchManifest(repository_, digest_, 4 << 20, Basic("u", "p"), base::Soon()).ok());
  EXPECT_FALSE(
      patient_.FetchManifest(repository_, digest_, 4 << 20, Basic("u", "p"), base::Soon()).ok());
  EXPECT_EQ(clock_.waits(), 0u);
}

}  // namespace
}  // namespace countersign::registry
