#include "base/aging_cache.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/fake_clock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

constexpr absl::Duration kFresh = absl::Minutes(5);
constexpr absl::Duration kKept = absl::Hours(1);

class AgingCacheTest : public testing::Test {
 protected:
  // Of five there is room for four.
  static constexpr size_t kWeight = 1000;
  void Keep(const std::string& key, int value) {
    cache_.Keep(
        key,
        {.value = value, .asked = clock_.Now(), .fresh = kFresh, .kept = kKept, .weight = kWeight});
  }
  std::optional<int> Find(const std::string& key) { return ValueOf(cache_.Find(key)); }
  std::optional<int> FindAged(const std::string& key) { return ValueOf(cache_.FindAged(key)); }

  FakeClock clock_;
  AgingCache<int> cache_{&clock_, {.max_weight = 4 * 1400}};

 private:
  static std::optional<int> ValueOf(const std::optional<AgingCache<int>::Reading>& found) {
    if (!found.has_value()) return std::nullopt;
    return found->value;
  }
};

TEST_F(AgingCacheTest, WhatIsFreshServesAndWhatIsOlderOnlyWhoAsksForIt) {
  EXPECT_EQ(Find("a"), std::nullopt);
  Keep("a", 1);
  EXPECT_EQ(Find("a"), 1);
  clock_.Advance(kFresh);
  EXPECT_EQ(Find("a"), std::nullopt);
  EXPECT_EQ(FindAged("a"), 1);
  EXPECT_EQ(cache_.FindAged("a")->asked, clock_.Now() - kFresh);
  clock_.Advance(kKept - kFresh - absl::Seconds(1));
  EXPECT_EQ(FindAged("a"), 1);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(FindAged("a"), std::nullopt);
  EXPECT_EQ(cache_.counts().entries, 0u);
  EXPECT_EQ(cache_.counts().weight, 0u);
}

TEST_F(AgingCacheTest, TimesCountFromWhenItWasAskedFor) {
  cache_.Keep("a", {.value = 1, .asked = clock_.Now() - absl::Minutes(4), .fresh = kFresh});
  EXPECT_EQ(Find("a"), 1);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Find("a"), std::nullopt);
  EXPECT_EQ(FindAged("a"), std::nullopt);
  cache_.Keep("a", {.value = 1, .asked = clock_.Now() - kFresh, .fresh = kFresh});
  EXPECT_EQ(cache_.counts().entries, 0u);
}

TEST_F(AgingCacheTest, WhatWasAskedForInTheFutureIsNotFound) {
  cache_.Keep("a", {.value = 1, .asked = clock_.Now() + absl::Minutes(1), .fresh = kFresh});
  EXPECT_EQ(Find("a"), std::nullopt);
  EXPECT_EQ(FindAged("a"), std::nullopt);
}

TEST_F(AgingCacheTest, WhatIsNoLongerFreshGoesFirstHoweverRecentlyItWasUsed) {
  Keep("aged", 1);
  Keep("older", 0);
  clock_.Advance(kFresh);
  Keep("fresh", 2);
  Keep("fresher", 3);
  EXPECT_EQ(FindAged("aged"), 1);
  EXPECT_EQ(FindAged("older"), 0);
  Keep("new", 4);
  Keep("newer", 5);
  EXPECT_EQ(FindAged("aged"), std::nullopt);
  EXPECT_EQ(FindAged("older"), std::nullopt);
  EXPECT_EQ(Find("fresh"), 2);
  EXPECT_EQ(Find("fresher"), 3);
  // Where all are fresh, it is the least recently used one.
  Keep("newest", 6);
  EXPECT_EQ(Find("new"), std::nullopt);
  EXPECT_EQ(Find("fresh"), 2);
}

TEST_F(AgingCacheTest, WeighsNoMoreThanItMayAndTooHeavyIsNotKept) {
  for (int i = 0; i < 100; ++i) {
    Keep(absl::StrCat(i), i);
    EXPECT_LE(cache_.counts().weight, 4u * 1400);
  }
  EXPECT_EQ(cache_.counts().entries, 4u);
  cache_.Keep("heavy", {.value = 1, .asked = clock_.Now(), .fresh = kFresh, .weight = 6000});
  EXPECT_EQ(Find("heavy"), std::nullopt);
  EXPECT_EQ(Find("99"), 99);
}

TEST_F(AgingCacheTest, WhatIsKeptAnewReplacesWhatWas) {
  Keep("a", 1);
  clock_.Advance(kFresh);
  Keep("a", 2);
  EXPECT_EQ(Find("a"), 2);
  EXPECT_EQ(cache_.counts().entries, 1u);
  cache_.Forget("a");
  EXPECT_EQ(FindAged("a"), std::nullopt);
  EXPECT_EQ(cache_.counts().weight, 0u);
}

TEST_F(AgingCacheTest, CanBeKeptNoLongerThanItIsFresh) {
  Keep("a", 1);
  cache_.KeepFreshOnly("a");
  EXPECT_EQ(Find("a"), 1);
  clock_.Advance(kFresh);
  EXPECT_EQ(FindAged("a"), std::nullopt);
  Keep("b", 1);
  clock_.Advance(kFresh);
  cache_.KeepFreshOnly("b");
  EXPECT_EQ(FindAged("b"), std::nullopt);
  cache_.KeepFreshOnly("nobody");
}

TEST_F(AgingCacheTest, CountsWhatIsFoundFresh) {
  Keep("a", 1);
  Find("a");
  Find("b");
  FindAged("a");
  EXPECT_EQ(cache_.counts().hits, 1u);
  EXPECT_EQ(cache_.counts().misses, 1u);
}

}  // namespace
}  // namespace countersign::base
