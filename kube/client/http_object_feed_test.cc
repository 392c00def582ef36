#include "kube/client/http_object_feed.h"

#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/client/fake_api_server.h"

namespace countersign::kube {
namespace {

using base::IsOk;
using testing::IsEmpty;

absl::Time Soon() { return absl::Now() + absl::Seconds(20); }

class HttpObjectFeedTest : public testing::Test {
 protected:
  FakeApiServer server_;
  HttpObjectFeed feed_{*ApiConnection::Create(server_.Config())};
};

TEST_F(HttpObjectFeedTest, PoliciesAreWatchedOnceForAll) {
  server_.PutPolicy("image-policy", 1);
  absl::Notification first_told;
  absl::Notification second_told;
  const auto first = feed_.WatchPolicies([&](absl::StatusOr<std::vector<Object>> policies) {
    ASSERT_THAT(policies, IsOk());
    ASSERT_EQ(policies->size(), 1);
    EXPECT_EQ((*policies)[0].locate("/spec"), "ClusterImagePolicy image-policy");
    first_told.Notify();
  });
  ASSERT_TRUE(first_told.WaitForNotificationWithDeadline(Soon()));
  const auto second = feed_.WatchPolicies(
      [&](const absl::StatusOr<std::vector<Object>>&) { second_told.Notify(); });
  ASSERT_TRUE(second_told.WaitForNotificationWithDeadline(Soon()));
  EXPECT_LE(server_.Requests().size(), 2);
}

TEST_F(HttpObjectFeedTest, NothingIsListedUntilSomebodyWatches) {
  EXPECT_THAT(server_.Requests(), IsEmpty());
}

}  // namespace
}  // namespace countersign::kube
