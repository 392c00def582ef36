#include "base/expiring_cache.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::Eq;
using ::testing::Optional;

constexpr absl::Duration kLong = absl::Hours(1);

class ExpiringCacheTest : public testing::Test {
 protected:
  FakeClock clock_;
  ExpiringCache<int> cache_{&clock_, 3};
};

TEST_F(ExpiringCacheTest, FindsWhatWasPut) {
  EXPECT_THAT(cache_.Find("a"), Eq(std::nullopt));
  cache_.Put("a", 1, kLong);
  EXPECT_THAT(cache_.Find("a"), Optional(1));
  EXPECT_THAT(cache_.Find("b"), Eq(std::nullopt));
}

TEST_F(ExpiringCacheTest, ForgetsWhenTheTimeIsOver) {
  cache_.Put("a", 1, absl::Seconds(10));
  clock_.Advance(absl::Seconds(10) - absl::Nanoseconds(1));
  EXPECT_THAT(cache_.Find("a"), Optional(1));
  clock_.Advance(absl::Nanoseconds(1));
  EXPECT_THAT(cache_.Find("a"), Eq(std::nullopt));
  EXPECT_EQ(cache_.size(), 0u);
}

TEST_F(ExpiringCacheTest, DoesNotProlongTheTimeOfWhatIsUsed) {
  cache_.Put("a", 1, absl::Seconds(10));
  clock_.Advance(absl::Seconds(6));
  EXPECT_THAT(cache_.Find("a"), Optional(1));
  clock_.Advance(absl::Seconds(6));
  EXPECT_THAT(cache_.Find("a"), Eq(std::nullopt));
}

TEST_F(ExpiringCacheTest, ReplacesValueAndTime) {
  cache_.Put("a", 1, absl::Seconds(10));
  cache_.Put("a", 2, absl::Seconds(20));
  EXPECT_EQ(cache_.size(), 1u);
  clock_.Advance(absl::Seconds(15));
  EXPECT_THAT(cache_.Find("a"), Optional(2));
}

TEST_F(ExpiringCacheTest, PushesOutWhatWasUsedLeastRecently) {
  cache_.Put("a", 1, kLong);
  cache_.Put("b", 2, kLong);
  cache_.Put("c", 3, kLong);
  EXPECT_THAT(cache_.Find("a"), Optional(1));
  cache_.Put("d", 4, kLong);
  EXPECT_EQ(cache_.size(), 3u);
  EXPECT_THAT(cache_.Find("b"), Eq(std::nullopt));
  EXPECT_THAT(cache_.Find("a"), Optional(1));
  EXPECT_THAT(cache_.Find("c"), Optional(3));
  EXPECT_THAT(cache_.Find("d"), Optional(4));
}

TEST_F(ExpiringCacheTest, ReplacingWhenFullPushesNothingOut) {
  for (const char* key : {"a", "b", "c"}) cache_.Put(key, 1, kLong);
  cache_.Put("b", 2, kLong);
  EXPECT_EQ(cache_.size(), 3u);
  EXPECT_THAT(cache_.Find("a"), Optional(1));
}

TEST_F(ExpiringCacheTest, Removes) {
  cache_.Put("a", 1, kLong);
  cache_.Remove("a");
  cache_.Remove("b");
  EXPECT_THAT(cache_.Find("a"), Eq(std::nullopt));
  EXPECT_EQ(cache_.size(), 0u);
}

TEST_F(ExpiringCacheTest, KeepsNothingForNoTime) {
  cache_.Put("a", 1, kLong);
  cache_.Put("a", 2, absl::ZeroDuration());
  EXPECT_THAT(cache_.Find("a"), Eq(std::nullopt));
  cache_.Put("b", 2, -absl::Seconds(1));
  EXPECT_THAT(cache_.Find("b"), Eq(std::nullopt));
  EXPECT_EQ(cache_.size(), 0u);
}

TEST_F(ExpiringCacheTest, KeepsForEver) {
  cache_.Put("a", 1, absl::InfiniteDuration());
  clock_.Set(absl::FromUnixSeconds(1) + absl::Hours(24 * 365 * 1000));
  EXPECT_THAT(cache_.Find("a"), Optional(1));
}

TEST_F(ExpiringCacheTest, OfNoEntriesKeepsNothing) {
  ExpiringCache<int> none(&clock_, 0);
  none.Put("a", 1, kLong);
  EXPECT_THAT(none.Find("a"), Eq(std::nullopt));
}

// A value whose destruction asks the cache would hang if it were destroyed under the cache's mutex.
TEST_F(ExpiringCacheTest, DestroysValuesOutsideOfItsMutex) {
  ExpiringCache<std::shared_ptr<int>> cache(&clock_, 1);
  const auto asking = [&] {
    return std::shared_ptr<int>(new int(1), [&](int* value) {
      cache.size();
      delete value;
    });
  };
  cache.Put("a", asking(), kLong);
  cache.Put("a", asking(), kLong);
  cache.Put("b", asking(), kLong);
  cache.Remove("b");
  cache.Put("c", asking(), absl::Seconds(1));
  clock_.Advance(absl::Seconds(2));
  EXPECT_THAT(cache.Find("c"), Eq(std::nullopt));
  cache.Put("d", asking(), absl::ZeroDuration());
  EXPECT_EQ(cache.size(), 0u);
}

TEST_F(ExpiringCacheTest, ServesManyThreads) {
  ExpiringCache<std::string> cache(&clock_, 10);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&cache, i] {
      for (int n = 0; n < 5000; ++n) {
        const std::string key = absl::StrCat((n * 7 + i) % 20);
        if (n % 3 == 0) cache.Put(key, key, kLong);
        if (n % 11 == 0) cache.Remove(key);
        EXPECT_EQ(cache.Find(key).value_or(key), key);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(cache.size(), 10u);
}

TEST_F(ExpiringCacheTest, PushesOutUntilTheWeightsFit) {
  ExpiringCache<int> cache(&clock_, 10, /*max_weight=*/100);
  cache.Put("a", 1, kLong, 40);
  cache.Put("b", 2, kLong, 40);
  cache.Put("c", 3, kLong, 60);
  EXPECT_THAT(cache.Find("a"), Eq(std::nullopt));
  EXPECT_THAT(cache.Find("b"), Optional(2));
  EXPECT_EQ(cache.weight(), 100u);
  cache.Put("b", 4, kLong, 10);
  EXPECT_EQ(cache.weight(), 70u);
  cache.Remove("c");
  EXPECT_EQ(cache.weight(), 10u);
}

TEST_F(ExpiringCacheTest, KeepsNothingThatIsHeavierThanAllTogetherMayBe) {
  ExpiringCache<int> cache(&clock_, 10, /*max_weight=*/100);
  cache.Put("a", 1, kLong, 40);
  cache.Put("b", 2, kLong, 101);
  EXPECT_THAT(cache.Find("b"), Eq(std::nullopt));
  EXPECT_THAT(cache.Find("a"), Optional(1));
}

TEST_F(ExpiringCacheTest, WhatExpiredUnusedGoesWhenSomethingIsPut) {
  cache_.Put("a", 1, absl::Seconds(10));
  clock_.Advance(absl::Seconds(11));
  cache_.Put("b", 2, kLong);
  EXPECT_EQ(cache_.size(), 1u);
}

}  // namespace
}  // namespace countersign::base
